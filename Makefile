# Everything is run in an environment of its own under .venv, which the first target makes.
PYTHON ?= python3
BIN := .venv/bin
DEMO_HOME := $(CURDIR)/.demo
QUESTION ?= quiet wireless headphones with long battery life under $$200

.PHONY: install test-install demo check lint test test-longer test-all bench clean

install: .venv/installed
test-install: .venv/test-installed

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet -c constraints.txt -e .
	touch $@

.venv/test-installed: .venv/installed
	$(BIN)/pip install --quiet -c constraints.txt -e ".[test]"
	touch $@

demo: install
	PRODUCTRESEARCH_HOME=$(DEMO_HOME) $(BIN)/productresearch index demo
	PRODUCTRESEARCH_HOME=$(DEMO_HOME) $(BIN)/productresearch research --yes '$(QUESTION)'

check: test-install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Without the last option a crash hangs the run: pytest-xdist #1378.
TEST := $(BIN)/pytest -n 2 --dist loadfile --max-worker-restart 0

test: test-install
	$(TEST)

test-longer: test-install
	$(TEST) -m longer

test-all: test-install
	$(BIN)/pytest -m "slow or not slow" --timeout 1800

clean:
	rm -rf .venv .demo build dist
