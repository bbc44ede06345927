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
. ./prepare.sh

rm -rf ../../.cache/editor/failed
files=("$@")
((${#files[@]})) || files=(reader.test.ts neovim.test.ts emacs.test.ts vscode.test.ts trouble.test.ts
  pictures.test.ts)
exec node --test --test-concurrency=1 --test-reporter=./reporter.ts --test-reporter-destination=stdout "${files[@]}"
