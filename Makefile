# make demo, make test: everything on a fresh machine. The rest: see CONTRIBUTING.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE = 1
export TOKENIZERS_PARALLELISM = false

.PHONY: demo test check long bench docs clean

# Two marks, so that the demo does not wait for the tools of development.
$(VENV)/.user: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local,traditional]'
	@touch $@

$(VENV)/.dev: $(VENV)/.user
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[local,traditional,aws,parquet,people,embeddings,dev,docs]'
	@touch $@

demo: $(VENV)/.user  ## Three decisions on the embedded models.
	$(BIN)/python examples/demo.py

check: $(VENV)/.dev  ## What you run all day: lint, types, layers, fast tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pytest -m "not slow and not long" -n 2

test: $(VENV)/.dev  ## All that CI runs.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pytest -m "not long" -n 2 --status-file=docs/status.md

long: $(VENV)/.dev  ## Soaks and campaigns: replays of thousands of climbs, kill -9 again and again.
	$(BIN)/pytest -m long

bench: $(VENV)/.dev  ## Performance figures; JSON under bench/out.
	$(BIN)/python bench/run_all.py

docs: $(VENV)/.dev  ## The documentation site, under site/.
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) site .pytest_cache .ruff_cache .hypothesis
