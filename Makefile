# Everything a fresh machine needs: Python 3.11 or 3.12 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: install run test lint bench score check-recorded clean

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

run: install
	$(BIN)/tamrex run --input review

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Speed, memory and start-up; with abstracts of your own: make bench DATA=abstracts.jsonl.gz
bench: install
	$(BIN)/python -m tests.bench $(DATA)

# All scores that need no network; with texts of the development abstracts: make score DATA=folder
# (it holds abstracts.jsonl.gz, and corpora/ner for linking given the right words).
score: run
	$(BIN)/tamrex run --input references
	$(BIN)/tamrex evaluate outputs/review
	$(BIN)/tamrex evaluate outputs/references
	$(BIN)/tamrex evaluate --gold gold/contrast --texts gold/contrast/sentences.jsonl
	$(if $(DATA),$(BIN)/tamrex evaluate --texts $(DATA)/abstracts.jsonl.gz)
	$(if $(DATA),$(BIN)/python -m tests.linking $(DATA)/abstracts.jsonl.gz $(DATA)/corpora/ner)

# Parse recorded PubMed answers of your own: make check-recorded DATA=folder (it holds expected.json).
check-recorded: install
	@test -n "$(DATA)" || { echo "give the folder: make check-recorded DATA=folder"; exit 2; }
	$(BIN)/python -m tests.recorded $(DATA)

clean:
	rm -rf $(VENV) build dist *.egg-info
