# `make run` serves the chat, `make test` checks everything; both make the environment first.
# While working: `make fix` formats, `make quick` runs the unit tests that take under a minute.

PYTHON ?= python3
BIN := .venv/bin
# Exact versions of everything that is installed, also of what our dependencies need.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

# Tests run on all cores; each process holds a model, so there are not too many of them.
PARALLEL := --numprocesses=logical --maxprocesses=4 --dist=loadgroup

.PHONY: run test quick lint fix typecheck train bench clean

run: .venv/installed
	$(BIN)/faq-bot serve

test: .venv/installed-with-tests lint
	scripts/install-for-tests
	$(BIN)/python -m pytest $(PARALLEL)

quick: .venv/installed-with-tests
	$(BIN)/python -m pytest tests/unit -m "not slow and not browser and not cluster" $(PARALLEL)

lint: .venv/installed-with-tests typecheck
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

typecheck: .venv/installed-with-tests
	$(BIN)/mypy

fix: .venv/installed-with-tests
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# DATA names a folder that `benchmarks/training_data.py` describes.
train: .venv/installed-with-tests
	$(BIN)/python benchmarks/train_reader.py $(DATA)
	$(BIN)/python benchmarks/fit_calibration.py $(DATA) --write

bench: .venv/installed-with-tests .venv-bench/installed
	$(BIN)/python benchmarks/bench.py

clean:
	rm -rf .venv .venv-bench test-artifacts

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	@echo "Installing (PyTorch is large, this takes some minutes the first time) …"
	$(INSTALL) --editable .
	touch $@

.venv-bench/installed: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-bench
	@echo "Installing the programs to compare with (this takes some minutes the first time) …"
	.venv-bench/bin/python -m pip install --disable-pip-version-check --quiet --requirement $<
	touch $@

.venv/installed-with-tests: .venv/installed
	$(INSTALL) --editable '.[test]'
	touch $@
