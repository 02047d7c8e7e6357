#!/usr/bin/env bash
# Fails where a lock does not satisfy its .in file any more, or names where packages were fetched from.
# It asks no index: what the .in files ask for is compared with what the locks pin.
set -euo pipefail
cd "$(dirname "$0")/.."
locks=(layers/{runtime,paper}/requirements.txt requirements/{dev,emulator,sam,bench,rivals,node,checkov}.txt)

if grep -nE '://|--(extra-)?index-url|--find-links' "${locks[@]}"; then
  echo 'A lock names an address. Run: make lock' >&2
  exit 1
fi
pinned() { grep -oE '^[a-z0-9._-]+==[^ ;]+' "$1" | sort; }
asked() { sed -E 's/#.*//; s/\[.*\]//; s/[<>=!~ ].*//; /^-/d; /^$/d' "$1" | tr 'A-Z_' 'a-z-' | sort; }

for purpose in runtime paper dev emulator sam bench rivals node checkov; do
  lock=requirements/$purpose.txt
  if [ -d "layers/$purpose" ]; then lock=layers/$purpose/requirements.txt; fi
  missing=$(comm -23 <(asked "requirements/$purpose.in") <(pinned "$lock" | sed 's/==.*//' | sort))
  if [ -n "$missing" ]; then
    printf '%s does not pin: %s\nRun: make lock\n' "$lock" "$missing" >&2
    exit 1
  fi
done
for layer in runtime paper; do
  different=$(comm -23 <(pinned "layers/$layer/requirements.txt") <(pinned requirements/dev.txt))
  if [ -n "$different" ]; then
    printf 'Tests would run on other versions than are shipped: %s\nRun: make lock\n' "$different" >&2
    exit 1
  fi
done
