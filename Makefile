# `make run` and `make test` are enough by themselves in a fresh clone: they make .venv and fill it.
# Another interpreter: `make test PYTHON=/path/to/python3.12`.

SHELL := /bin/sh
VENV := .venv
SCENARIO := scenarios/cutoff.yaml
WORKERS := 2

# The first interpreter that is new enough and can make a virtual environment.
CANDIDATES := python3 python3.13 python3.12 python3.11 python
SUITABLE := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for candidate in $(CANDIDATES); do \
	$$candidate -c '$(SUITABLE)' >/dev/null 2>&1 && { echo $$candidate; break; }; done)

.PHONY: help run test test-browser test-full lint types imports words docs clean

help:
	@echo "make run        run $(SCENARIO); results land in results/"
	@echo "make test       lint, types, floors and the tests that are not slow (at most 10 minutes)"
	@echo "make test-browser  the pages in headless Chromium (Debian: apt-get install chromium)"
	@echo "make test-full  everything, the slow tests too"
	@echo "make words      bring the catalogues of translations up to date, and say what is missing"
	@echo "make docs       the documentation site: docs/_build/html/index.html"
	@echo "make clean      remove .venv and the caches"

# A stamp says which extras are installed; a newer pyproject.toml makes it stale. An environment that another
# interpreter left half-made is replaced, not mended.
$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "paysim needs Python 3.11 or newer with venv (set PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -c '$(SUITABLE)' || { echo "$(PYTHON) is older than 3.11 or has no venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.made pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.made pyproject.toml
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(VENV)/.installed $@

run: $(VENV)/.installed
	$(VENV)/bin/paysim run $(SCENARIO) $(RUN_OPTIONS)

test: lint types imports
	$(VENV)/bin/python -m pytest -n $(WORKERS) -m "not slow and not browser" $(PYTEST_OPTIONS)

test-browser: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -m "browser and not slow" $(PYTEST_OPTIONS)

test-full: lint types imports
	$(VENV)/bin/python -m pytest -n $(WORKERS) $(PYTEST_OPTIONS)

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.installed-dev
	$(VENV)/bin/mypy

imports: $(VENV)/.installed-dev
	$(VENV)/bin/lint-imports

words: $(VENV)/.installed-dev
	$(VENV)/bin/python docs/tools/words.py

docs: $(VENV)/.installed-dev
	$(VENV)/bin/python -m sphinx -q -W --keep-going docs docs/_build/html
	@echo "docs/_build/html/index.html"

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache build dist docs/_build docs/_made
