# Every target sets itself up: it needs Python 3.11 or newer and make, nothing else.
PYTHON   ?= python3
VENV     := .venv
RUN      := $(VENV)/bin/python
STAMP    := $(VENV)/.locked
PARALLEL := --numprocesses logical --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help demo serve test check mutants bench lock clean

help: ## Say what there is to run
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit("Habeas needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …" if sys.version_info < (3, 11) else 0)'
	@test -x $(RUN) || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) …"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

demo: $(STAMP) ## Play the story on a private stack: export, restrict, restore, hold, erase
	@$(RUN) -m app demo

serve: $(STAMP) ## Keep the private stack, the API and a worker running
	@$(RUN) -m app serve

test: $(STAMP) ## Run every test, with coverage
	@rm -rf .coverage
	@failed=0; \
	$(RUN) -m coverage run -m pytest $(PARALLEL) -m "not untraced" || failed=1; \
	$(RUN) -m pytest $(PARALLEL) -m untraced || failed=1; \
	$(RUN) -m coverage combine --quiet && $(RUN) -m coverage report || failed=1; \
	exit $$failed

check: $(STAMP) ## Lint, types, import rules, Dockerfile
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(VENV)/bin/hadolint Dockerfile

mutants: $(STAMP) ## Put small faults into FILE=app/… and tell which no test notices
	@$(RUN) -m tests.mutation $(FILE)

bench: $(STAMP) ## Measure against PostgreSQL's own COPY and plain SQL, in one run
	@$(RUN) -m benchmarks

lock: $(STAMP) ## Resolve the dependencies anew
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --extra embedded --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment and the private stack's data
	rm -rf $(VENV) .habeas .coverage htmlcov
