# Two commands: `make run` opens the cockpit, `make test` checks everything.
# The plain commands behind both, also for Windows, are in README.md.
VENV   ?= .venv
PYTHON ?=
ORDERS ?= 400000
SEED   ?= 1
PORT   ?= 8501
JOBS   ?= 2
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt
ARGS   ?=

.PHONY: help run test lint format style types contracts bench bench-dispatch bench-drivers bench-forecast bench-places shots clean
.DELETE_ON_ERROR:

help:
	@echo "make run     open the cockpit (ORDERS=$(ORDERS) simulated orders if there is no data yet, PORT=$(PORT))"
	@echo "make test    format, lint, types, import contracts, tests (ARGS='-k words' narrows the tests, JOBS=$(JOBS) run at once)"
	@echo "make bench   measure import, counts, pages (ARGS='--orders 1000000', ARGS=--full for 20 million)"
	@echo "make bench-forecast  forecasts against public methods on real data (ARGS='--origins 12 --series 60')"
	@echo "make bench-places    risk of places on real data against simple rules, and false alarms on noise"
	@echo "make bench-dispatch  dispatch on public messages and at 200,000 texts (ARGS='--orders 20000')"
	@echo "make bench-drivers   what goes along with what, on real weather and complaints"
	@echo "make shots   screenshots of every page into ./shots"
	@echo "make clean   remove the virtual environment and caches; data in var/ stays"

run: $(VENV)/.run
	@$(BIN)/python cockpit.py demo --if-empty --orders $(ORDERS) --seed $(SEED)
	@$(BIN)/python cockpit.py serve --port $(PORT)

# All checks run even when one fails, so that one run tells everything.
test: $(VENV)/.dev
	@failed=; \
	$(MAKE) --no-print-directory -k lint || failed=1; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS) || failed=1; \
	if [ -n "$$failed" ]; then echo "make test: something above failed" >&2; exit 1; fi

lint: format style types contracts
format: $(VENV)/.dev
	$(BIN)/ruff format --check .
style: $(VENV)/.dev
	$(BIN)/ruff check .
types: $(VENV)/.dev
	$(BIN)/mypy
contracts: $(VENV)/.dev
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.bench $(ARGS)
	@$(BIN)/python -m benchmarks.bench_scores
	@$(BIN)/python -m benchmarks.alerts
	@$(BIN)/python -m benchmarks.bench_lab

bench-drivers: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.drivers

# statsforecast needs pandas < 3: the script makes an environment of its own for it.
bench-forecast: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.forecast $(ARGS)
	@$(BIN)/python -m benchmarks.forecast_speed

bench-places: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.places

bench-dispatch: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.dispatch $(ARGS)

shots: $(VENV)/.dev
	@$(BIN)/python -m benchmarks.shots $(ARGS)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache shots

# -- the environment: stamps make the second run instant ---------------------
$(VENV)/.run: requirements.txt constraints.txt $(VENV)/pyvenv.cfg
	@echo "Installing what the cockpit runs on (about 750 MB, once) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt constraints.txt $(VENV)/pyvenv.cfg
	@echo "Installing what the cockpit and its tests need (once) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/pyvenv.cfg:
	@set -e; old=; bare=; \
	for python in $(or $(PYTHON),python3 python3.13 python3.12 python3.11 python); do \
	  command -v "$$python" >/dev/null || continue; \
	  if ! "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    old="$$old $$python ($$("$$python" --version 2>&1))"; continue; \
	  fi; \
	  if "$$python" -c 'import venv, ensurepip' 2>/dev/null; then maker=venv; \
	  elif "$$python" -c 'import virtualenv' 2>/dev/null; then maker=virtualenv; \
	  else bare="$$bare $$python"; continue; fi; \
	  echo "Making $(VENV) with $$("$$python" --version) ..."; \
	  "$$python" -m $$maker $(VENV) || { rm -rf $(VENV); exit 1; }; \
	  exit 0; \
	done; \
	if [ -n "$$bare" ]; then \
	  echo "Cannot make virtual environments (no module ensurepip):$$bare" >&2; \
	  echo "On Debian or Ubuntu: sudo apt install python3-venv. Elsewhere: python3 -m pip install virtualenv" >&2; \
	else \
	  echo "The cockpit needs Python 3.11 or newer; found:$${old:- none}" >&2; \
	  echo "Install it, or name it: make run PYTHON=/path/to/python3.11" >&2; \
	fi; \
	exit 1
