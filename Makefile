# Every verb sets itself up in .venv, from a fresh clone, and is quick the second time.
# Needs make and Python 3.11 or later with venv; `make VERB PYTHON=python3.12` takes another Python,
# `make demo ARGS="--seed 3"` and `make test ARGS=tests/text` hand their arguments on.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# stamps: what is installed, and newer than the files that say what it should be
BASE := $(VENV)/.installed-base
BENCH := $(VENV)/.installed-bench
DEV := $(VENV)/.installed-dev
PIP := $(BIN)/python -m pip
QUIET := -qq --disable-pip-version-check
# both builds of onnxruntime write one folder: an environment that has the one for GPUs gives it up first
GPU := $(VENV)/lib/python*/site-packages/onnxruntime_gpu-*
INSTALL := ! ls -d $(GPU) >/dev/null 2>&1 || $(PIP) uninstall $(QUIET) -y onnxruntime onnxruntime-gpu; \
	$(PIP) install $(QUIET) -c constraints.txt

# the hub first; the same bytes, verified by their hash, lie in re-uploads on the package index as well
FETCH := $(BIN)/python -m editdiff models get coder || $(BIN)/python -m editdiff models get coder --source index

.DEFAULT_GOAL := help
.PHONY: help demo test test-editor lint types bench release

help:  ## show the verbs
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 8

demo: $(BASE)  ## fetch the model coder once, and show what it does to real files
	@$(FETCH) || echo "no source of coder can be reached: this is nano, which is far weaker"
	@$(BIN)/python -m editdiff demo $(ARGS)
	@echo "now on a file of yours: $(BIN)/editdiff infill FILE --lines 12  (shows what it would write, and asks)"

test: $(DEV)  ## run the tests
	@$(BIN)/python -m pytest -q $(ARGS)

test-editor: $(DEV)  ## try the plugin in a real VS Code and the server in Neovim and Emacs; installs what that needs
	@tests/editor/run.sh $(ARGS)

lint: $(DEV)  ## check style, format and the direction of imports
	@$(BIN)/python -m ruff check
	@$(BIN)/python -m ruff format --check
	@$(BIN)/lint-imports --no-logo

types: $(DEV)  ## check the types
	@$(BIN)/python -m mypy

bench: $(BENCH)  ## measure the speed of the built-in model against the same weights from left to right
	@$(BIN)/python -m editdiff bench $(ARGS)

release: $(DEV)  ## build wheel, source archive and plugin of the last commit into dist/, and try the wheel in an empty place
	@$(BIN)/python .ci/release.py

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit("editdiff needs Python 3.11 or later" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)

$(BASE): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing editdiff into $(VENV)"
	@$(INSTALL) -e '.[cpu,check]'
	@touch $@

# onnx writes the product of matrices that a step is compared with
$(BENCH): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing editdiff and onnx into $(VENV)"
	@$(INSTALL) -e '.[cpu]' onnx
	@touch $(BASE) $@

# the development install holds the others
$(DEV): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "installing editdiff with its development tools into $(VENV); torch is large"
	@$(INSTALL) -e '.[cpu,dev,train]'
	@touch $(BASE) $(BENCH) $@
