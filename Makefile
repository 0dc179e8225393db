# Everything a person or a machine does here. Needs Python 3.11 or later and make; the rest is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .venv/.installed-bench

.PHONY: setup demo test lint format snapshots bench soak lock clean

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
	$(BIN)/python -m pytest -n 2 --dist loadfile

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
	DRUMBEAT_SOAK=1 $(BIN)/python -m pytest tests/soak

lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet uv
	.venv-lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet --output-file requirements.lock
	.venv-lock/bin/uv pip compile --group bench --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --quiet --output-file requirements-bench.lock
	rm -rf .venv-lock

clean:
	rm -rf .venv .venv-lock .state .mypy_cache .ruff_cache .import_linter_cache .hypothesis
