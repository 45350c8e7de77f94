# Everything from an empty clone: each target sets up what it needs, and is quick the second time.
#
#   make demo                                   a whole interpreted call on this machine, no account needed
#   make demo ARGS='--say "¿Dónde está?"'       the same with a sentence of your own
#   make test                                   all checks and tests

SHELL := /bin/sh
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url $(if $(UPGRADE),--upgrade)
ARGS ?=
# Tests wait for sockets more than they compute: two for each core.
AT_ONCE := $(shell echo $$(($$(nproc 2>/dev/null || echo 2) * 2)))
# Here two people talk in real time through the embedded engine, which needs the machine for itself.
BY_ITSELF := tests/e2e/test_browser_device.py

.PHONY: help demo demo-assistant browser serve test lint check fuzz mutate bench bench-audio bench-ear bench-browser bench-hostile chaos soak quality models system system-dev requirements docs format clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/run.stamp system models ## carry a whole emulated call, and show what each party heard (ARGS=...)
	$(BIN)/dragoman demo $(ARGS)

demo-assistant: $(VENV)/run.stamp system models ## let an assistant answer, in Japanese, then in English (ARGS=... for one call)
ifdef ARGS
	$(BIN)/dragoman demo --assistant $(ARGS)
else
	@status=0; for lang in ja en; do $(BIN)/dragoman demo --assistant --lang $$lang || status=$$?; done; exit $$status
endif

browser: $(VENV)/run.stamp system models ## interpret in a browser on this machine (ARGS='--tls self-signed' for phones too)
	$(BIN)/dragoman browser $(ARGS)

serve: $(VENV)/run.stamp ## serve calls, as production does (settings: docs/configuration.md)
	$(BIN)/dragoman serve $(ARGS)

test: lint system system-dev models ## all checks and all tests (ARGS=... for some of them)
ifdef ARGS
	$(BIN)/pytest $(ARGS)
else
	$(BIN)/pytest -n $(AT_ONCE) -m "not rig and not models"
	$(BIN)/pytest -n 2 --dist loadfile -m rig
	$(BIN)/pytest $(BY_ITSELF)
	$(BIN)/pytest -n 2 --dist loadfile -m models --ignore $(BY_ITSELF)
endif

lint: $(VENV)/dev.stamp ## style, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src tests
	$(BIN)/lint-imports

check: lint system-dev ## lint, and the tests that need neither weights nor a whole server
	$(BIN)/pytest -n $(AT_ONCE) -m "not models and not rig" $(ARGS)

fuzz: $(VENV)/dev.stamp ## hostile input, ten times as much of it as the tests try (some minutes; ARGS=...)
	$(BIN)/pytest tests/fuzz --hypothesis-profile=long --timeout=0 $(ARGS)

mutate: $(VENV)/dev.stamp ## change relay and audio a thousandfold: do the tests notice? (half an hour; ARGS=--survivors)
	$(BIN)/python -m bench.mutate $(ARGS)

bench: $(VENV)/dev.stamp ## what a call costs, beside a plain Node relay (ARGS=...)
	$(BIN)/python -m bench $(ARGS)

bench-audio: $(VENV)/dev.stamp ## how the resampler sounds, beside what others use (ARGS=...)
	$(BIN)/python -m bench.audio $(ARGS)

bench-ear: $(VENV)/dev.stamp ## what both parties hear, beside a naive relay (ARGS=...)
	$(BIN)/python -m bench.ear $(ARGS)

bench-browser: $(VENV)/dev.stamp system-dev ## gaps in what the page plays in Chromium over a jittery line (four minutes; ARGS=...)
	$(BIN)/python -m bench.browser $(ARGS)

chaos: $(VENV)/dev.stamp system models ## whole calls while engines, carrier and server fail (under ten minutes; ARGS=...)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m bench.chaos $(ARGS)

soak: $(VENV)/dev.stamp ## thousands of short calls: does anything grow in the server? (ten minutes; ARGS=...)
	$(BIN)/python -m bench.soak $(ARGS)

bench-hostile: $(VENV)/dev.stamp ## ordinary calls beside hostile peers (ARGS=...)
	$(BIN)/python -m bench.hostile $(ARGS)

quality: $(VENV)/dev.stamp system models ## how well the embedded engine interprets (ARGS=...)
	$(BIN)/python -m bench.quality $(ARGS)

models: $(VENV)/run.stamp ## fetch and verify the embedded engine's weights
	$(BIN)/dragoman models fetch

system: ## the programs of requirements/apt.txt: installed when root, else listed
	@scripts/system-packages

system-dev: ## the programs that tests of the browser's page need (requirements/apt-dev.txt), likewise
	@scripts/system-packages requirements/apt-dev.txt

requirements: $(VENV)/pyvenv.cfg ## pin requirements/*.txt anew (UPGRADE=1: to the newest versions)
	test -x $(BIN)/uv || $(PIP) install uv
	$(COMPILE) pyproject.toml --extra local --extra demo --group build --group dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml --extra local --extra demo --group build -c requirements/dev.txt -o requirements/run.txt

docs: $(VENV)/dev.stamp ## write the tables of docs/configuration.md anew
	$(BIN)/python scripts/configuration_page.py

format: $(VENV)/dev.stamp ## lay the code out
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## remove what make made (not the weights in your cache)
	rm -rf $(VENV) out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- Set-up ----------------------------------------------------------------------------------------------------------

$(VENV)/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: $(VENV)/pyvenv.cfg requirements/run.txt pyproject.toml
	$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.txt
	$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@
