#!/usr/bin/env bash
# Makes the tools that the given purposes need, below .local and .venv, from the locks in requirements/.
# Idempotent: where a lock has not changed, nothing is done. Usage: local/bootstrap.sh [dev|emulator|sam|bench]...
#   VAXCERT_PYTHON   an interpreter of Python 3.13, where none is found by itself
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

is_313() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1; }

# The real interpreter, never a version manager's shim: shims break both uv and `sam build`.
find_python() {
  local candidate
  for candidate in "${VAXCERT_PYTHON:-}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 python3.13 python3 python; do
    if [ -n "$candidate" ] && is_313 "$candidate"; then
      "$candidate" -c 'import os, sys; print(os.path.realpath(sys.executable))'
      return
    fi
  done
  if command -v uv >/dev/null 2>&1 && candidate=$(uv python find 3.13 2>/dev/null) && is_313 "$candidate"; then
    printf '%s\n' "$candidate"
    return
  fi
  say 'Python 3.13 was not found: it is what the functions run on.'
  say 'Install it (pyenv install 3.13, or uv python install 3.13), or point VAXCERT_PYTHON to it.'
  exit 1
}

# .local/bin is put on the PATH of every build, so that it sees this Python and this uv.
ensure_tools() {
  local python=.local/bin/python3.13 uv=.local/bin/uv
  [ -x "$python" ] && is_313 "$python" && [ -x "$uv" ] && "$uv" --version >/dev/null 2>&1 && return
  mkdir -p .local/bin .local/venvs
  local real found
  real=$(find_python)
  ln -sfn "$real" "$python"
  if found=$(command -v uv) && "$found" --version >/dev/null 2>&1; then
    ln -sfn "$(realpath "$found")" "$uv"
    return
  fi
  say 'Installing uv …'
  "$real" -m venv .local/venvs/uv
  .local/venvs/uv/bin/python -m pip install --quiet --disable-pip-version-check uv >&2 \
    || { say 'uv could not be installed: is the package index within reach?'; exit 1; }
  ln -sfn ../venvs/uv/bin/uv "$uv"
}

# ensure_venv <folder> <lock>: exactly what the lock says, checked by hash. An empty lock makes an empty environment.
ensure_venv() {
  local folder=$1 lock=$2 wanted
  wanted="$(.local/bin/python3.13 -VV | tr -d '\n') $(cat "$lock" | cksum)"
  [ -x "$folder/bin/python" ] && [ "$(cat "$folder/.made-from" 2>/dev/null)" = "$wanted" ] && return
  say "Making $folder …"
  if ! { [ -x "$folder/bin/python" ] && is_313 "$folder/bin/python"; }; then
    .local/bin/uv venv --quiet --no-project --clear --python "$(realpath .local/bin/python3.13)" "$folder"
  fi
  if [ "$lock" != /dev/null ]; then
    .local/bin/uv pip sync --quiet --python "$folder/bin/python" --require-hashes "$lock"
  fi
  printf '%s' "$wanted" > "$folder/.made-from"
}

ensure_tools
for purpose in "$@"; do
  case $purpose in
    dev) ensure_venv .venv requirements/dev.txt ;;
    emulator)
      ensure_venv .local/venvs/emulator requirements/emulator.txt
      # What the functions run on locally: Python and nothing else, so that they see their layers only.
      ensure_venv .local/venvs/lambda /dev/null ;;
    sam) ensure_venv .local/venvs/sam requirements/sam.txt ;;
    bench) .local/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/bench.txt ;;
    *) say "bootstrap.sh: no purpose is called $purpose"; exit 2 ;;
  esac
done
