#!/usr/bin/env bash
# Types files in a real VS Code, as the plan PLAN says, and tells of them in TOLD: `study.sh PLAN TOLD`.
# `python -m editdiff_lsp_bench.typing_study` makes the plan and reads what is told.
set -euo pipefail
plan=$(realpath "$1") told=$(realpath -m "$2")
cd "$(dirname "${BASH_SOURCE[0]}")"
. ./prepare.sh
exec node study.ts "$plan" "$told"
