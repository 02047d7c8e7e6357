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

# Layers are locked for Lambda's Linux, on both architectures: one file, so it has to hold the same for both.
other=$(mktemp)
trap 'rm -f "$other"' EXIT
for layer in runtime paper; do
  lock=$into/layers/$layer/requirements.txt
  "${compile[@]}" --python-platform x86_64-manylinux_2_34 "requirements/$layer.in" --output-file "$lock"
  cp "$lock" "$other"
  "${compile[@]}" --python-platform aarch64-manylinux_2_34 "requirements/$layer.in" --output-file "$other"
  cmp "$lock" "$other" || { echo "Layer $layer needs different packages on x86_64 and arm64." >&2; exit 1; }
done

for purpose in dev emulator sam bench rivals node checkov; do
  "${compile[@]}" --universal "requirements/$purpose.in" --output-file "$into/requirements/$purpose.txt"
done
