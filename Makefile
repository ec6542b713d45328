# Everything a person does with this project, one word each.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SOURCES := $(shell find shop templates static migrations config.py pyproject.toml README.md LICENSE -type f -not -name '*.pyc' 2>/dev/null)

.PHONY: demo test check torture bench format messages locks clean

demo: $(VENV)/.shop
	@$(BIN)/aliquot demo

test: $(VENV)/.test
	@PYTHON=$(BIN)/python sh tests/run

# Speed at the size of a large shop, on both databases, each against its limit.
bench: $(VENV)/.test
	@$(BIN)/python -m bench.inventory
	@PYTHONPATH=.:tests $(BIN)/python -m bench.recall
	@PYTHONPATH=.:tests $(BIN)/python -m bench.ordering
	@$(BIN)/python -m bench.search

# What needs no database: format, lint, types and the import contract.
check: $(VENV)/.test
	@PYTHON=$(BIN)/python sh tests/run check

# The long harnesses, which `make test` has only quick cuts of; writes docs/reliability.md.
torture: $(VENV)/.test
	@PYTHON=$(BIN)/python sh tests/torture

format: $(VENV)/.test
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

# Interface sentences for translators.
messages: $(VENV)/.test
	@mkdir -p shop/translations
	@$(BIN)/pybabel --quiet extract -F translations.ini -k _ -k gettext -k ngettext:1,2 --no-location --sort-output --project=Aliquot --copyright-holder="The Aliquot authors" -o shop/translations/messages.pot .

# Written anew when dependencies change; needs uv.
locks:
	uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-header -o requirements/base.txt
	uv pip compile pyproject.toml --extra build --extra test --universal --generate-hashes --no-header -c requirements/base.txt -o requirements/test.txt

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	@echo "Making $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/base.txt | $(BIN)/python
	@echo "Installing what the shop needs …"
	@$(PIP) install --require-hashes --requirement requirements/base.txt
	@touch $@

$(VENV)/.shop: $(VENV)/.base $(SOURCES)
	@$(PIP) install --no-deps --no-build-isolation --force-reinstall .
	@rm -rf build
	@touch $@

$(VENV)/.test: requirements/test.txt | $(BIN)/python
	@echo "Installing what the tests need …"
	@$(PIP) install --require-hashes --requirement requirements/test.txt
	@touch $@ $(VENV)/.base
