# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PIP := $(BIN)/python -m pip --disable-pip-version-check -q

.PHONY: help demo serve console test test-console compiled pictures check bench bench-peers format clean

help:
	@echo "make demo   install, then train, release and ask a small simulated world"
	@echo "make serve  the HTTP API on 127.0.0.1:8321"
	@echo "make console   the same demo, then the HTTP API and the console on 127.0.0.1:8322"
	@echo "make test   install, then the whole test suite with its coverage floors"
	@echo "make test-console   all that is tested of the console, with what the suite leaves out"
	@echo "make compiled   compiles what else the first test that needs it would wait for"
	@echo "make pictures   docs/images: each page of the console in light, dark and on a phone"
	@echo "make check  formatting, lint, types, import contracts"
	@echo "make bench  every benchmark scenario (ARGS='--data DIR' for real data)"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.base
	$(PIP) install -c constraints.txt -e '.[dev,deep,console]'
	@touch $@

demo: $(VENV)/.base
	$(BIN)/settee demo

serve: $(VENV)/.base
	$(BIN)/settee serve

console: $(VENV)/.base
	$(PIP) install -c constraints.txt -e '.[console]'
	$(BIN)/settee demo --console

check: $(VENV)/.dev
	$(BIN)/ruff format --check src tests bench
	$(BIN)/ruff check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: $(VENV)/.dev
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report= && $(BIN)/python -m tests.coverage_floors

test-console: $(VENV)/.dev
	$(BIN)/python -m pytest -m "slow or not slow" tests/console

compiled: $(VENV)/.dev
	@home=$$(mktemp -d) && trap 'rm -rf '$$home EXIT && \
	for verb in demo "audience train"; do \
		$(BIN)/settee --home $$home/home --quiet $$verb > $$home/said 2>&1 || { cat $$home/said; exit 1; }; \
	done

pictures: $(VENV)/.dev
	$(BIN)/python -m tests.console.pictures

bench: $(VENV)/.dev
	@for id in $$($(BIN)/python -m bench list --ids); do $(BIN)/python -m bench run $$id $(ARGS) || exit 1; done

bench-peers: .venv-peers/.done .venv-river/.done .venv-lenskit/.done
.venv-peers/.done: bench/peers-constraints.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --disable-pip-version-check -q install -r bench/peers-constraints.txt
	@touch $@
.venv-river/.done: bench/river-constraints.txt
	$(PYTHON) -m venv .venv-river
	.venv-river/bin/python -m pip --disable-pip-version-check -q install -r bench/river-constraints.txt
	@touch $@
.venv-lenskit/.done: bench/lenskit-constraints.txt
	$(PYTHON) -m venv .venv-lenskit
	.venv-lenskit/bin/python -m pip --disable-pip-version-check -q install -r bench/lenskit-constraints.txt
	@touch $@

format: $(VENV)/.dev
	$(BIN)/ruff format src tests bench
	$(BIN)/ruff check --fix src tests bench

clean:
	rm -rf $(VENV) .venv-peers .venv-river .venv-lenskit .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.*
