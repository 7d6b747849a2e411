# claimstream: `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help demo test check bench eval semantic chaos fuzz test-containers clean lock venv \
	venv-dev

# Any Python from 3.11 on, the faster build first; PYTHON=... names one.
ifndef PYTHON
PYTHON := $(shell sh deploy/choose_python.sh)
endif
BIN := .venv/bin

# Programs start by the dozen here: none is to compile what the one before it has compiled.
unexport PYTHONDONTWRITEBYTECODE

ARGS ?=

help: ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name text; \
	do printf '%-16s %s\n' "$$name" "$$text"; done

demo: venv ## Install, start everything, send encounters through, show and prove what happened.
	@$(BIN)/claimstream demo $(ARGS)

test: venv-dev ## Install and run the tests, by up to four workers (ARGS="tests/unit -x"; ARGS="-n 0" for none).
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 $(ARGS)

check: venv-dev ## Formatting, lint, types, import rules, house rules, contracts.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy --strict claimstream schemas services simulators deploy tests
	$(BIN)/lint-imports
	$(BIN)/python -m tests.lints
	$(BIN)/claimstream topics publish --check
	$(BIN)/claimstream topics compatible

bench: venv-dev ## How fast it is, against the usual way and the bare limit.
	@$(BIN)/python -m tests.bench $(ARGS)

eval: venv-dev ## How good coding is, how sure of itself, and how fast (ARGS="--only phrases").
	@$(BIN)/python -m tests.eval $(ARGS)

semantic: venv ## Add the extra that ranks diagnoses by meaning too, and make its vectors, once.
	@$(call bootstrap,semantic)
	@$(BIN)/claimstream codesets semantic FY2026 $(ARGS)

chaos: venv ## Break a stack of its own by seeded faults, and prove that nothing came of it.
	@$(BIN)/claimstream chaos $(ARGS)

fuzz: venv-dev ## Bad input into every edge, by seed (ARGS="--inputs 1000000 --json out.json").
	@$(BIN)/python -m tests.fuzz $(ARGS)

test-containers: venv-dev ## The tests against Kafka and PostgreSQL in containers.
	@CLAIMSTREAM_TEST_BACKEND=containers $(BIN)/python -m pytest $(ARGS)

clean: ## Stop what runs and remove .venv and caches; data stay (`claimstream down --wipe`).
	@if [ -x $(BIN)/claimstream ]; then $(BIN)/claimstream down || true; fi
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

lock: ## Resolve the dependencies again and rewrite the lock files (needs uv).
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' --quiet \
		--group build pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' --quiet \
		--group build --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command 'make lock' --quiet \
		--group semantic -c requirements-dev.lock -o requirements-semantic.lock

venv:
	@$(call bootstrap,run)

venv-dev:
	@$(call bootstrap,dev)

define bootstrap
if [ -z "$(PYTHON)" ]; then \
	echo "Python 3.11 or newer is needed and none was found: install one, or name it, as in" \
	"\`make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12\`." >&2; exit 1; \
fi; "$(PYTHON)" deploy/bootstrap.py $(1)
endef
