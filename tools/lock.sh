#!/usr/bin/env bash
# Compiles requirements/*.in to locks with hashes. Versions move only where they must, or all with UPGRADE=1.
#   tools/lock.sh [--into FOLDER]    elsewhere, to compare (tools/check_locks.sh)
set -euo pipefail
cd "$(dirname "$0")/.."
into=.
if [ "${1:-}" = --into ]; then into=$2; fi

compile=(.local/bin/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
  --no-annotate --python-version 3.13)
if [ -n "${UPGRADE:-}" ]; then compile+=(--upgrade); fi

# The run time is locked for Lambda's Linux, on both architectures: one file, so it has to hold the same for both.
runtime=$into/layers/runtime/requirements.txt
"${compile[@]}" --python-platform x86_64-manylinux_2_34 requirements/runtime.in --output-file "$runtime"
other=$(mktemp)
trap 'rm -f "$other"' EXIT
cp "$runtime" "$other"
"${compile[@]}" --python-platform aarch64-manylinux_2_34 requirements/runtime.in --output-file "$other"
cmp "$runtime" "$other" || { echo 'The run time needs different packages on x86_64 and arm64.' >&2; exit 1; }

for purpose in dev emulator sam bench node; do
  "${compile[@]}" --universal "requirements/$purpose.in" --output-file "$into/requirements/$purpose.txt"
done
