# Every target sets up what it needs: a Python 3.11 or newer, pip and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := coldb coldb_grammar coldb_warehouse coldb_etl
SOURCES := coldb grammar warehouse etl tests benchmarks

.PHONY: demo test test-slow check format bench shell clean

demo: $(VENV)/.installed
	$(BIN)/coldb demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not slow"

test-slow: $(VENV)/.installed-test
	$(BIN)/python -m pytest -q -n auto --dist loadgroup -m slow

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy $(addprefix -p ,$(PACKAGES))
	$(BIN)/python -m pytest -q tests/test_architecture.py

format: $(VENV)/.installed-test
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(VENV)/.installed-test
	$(BIN)/python -m benchmarks ssb --sf 1

shell: $(VENV)/.installed
	$(BIN)/coldb shell demo/shop.coldb

clean:
	rm -rf $(VENV) demo bench-data bench-results .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The stamps remember what was installed, so that a second run starts at once.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,bench,postgres]'
	@touch $@ $(VENV)/.installed
