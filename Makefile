# Everything a person or a machine does here. Needs Python 3.11 or later and make; the rest is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .venv/.installed-bench

# Bytecode is kept: the tests start hundreds of programs, which are else compiled at each start.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: setup demo test check lint format snapshots bench soak lock clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "drumbeat needs Python 3.11 or later; set PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

demo: setup
	$(BIN)/drumbeat demo

test: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: setup
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long" tests/unit tests/api

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry common server tui
	$(BIN)/deptry tests --ignore DEP002,DEP004 --exclude '\.venv'

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

snapshots: setup
	$(BIN)/python -m pytest --snapshot-update tests/tui

bench: $(BENCH_STAMP)
	$(BIN)/python -m tests.benchmarks

$(BENCH_STAMP): $(STAMP) requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $(BENCH_STAMP)

soak: setup
	DRUMBEAT_SOAK=1 $(BIN)/python -m pytest -m "soak or hypothesis"

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet --output-file requirements.lock
	.venv-lock/bin/uv pip compile --group bench --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --quiet --output-file requirements-bench.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock .state .mypy_cache .ruff_cache .import_linter_cache .hypothesis
