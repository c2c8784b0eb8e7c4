# `make run` serves the chat, `make test` checks everything. Both make the environment first.

PYTHON ?= python3
BIN := .venv/bin
# Exact versions of everything that is installed, also of what our dependencies need.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --constraint constraints.txt

.PHONY: run test lint bench clean

run: .venv/installed
	$(BIN)/faq-bot serve

test: .venv/installed-with-tests lint
	scripts/install-for-tests
	$(BIN)/python -m pytest

lint: .venv/installed-with-tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

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
