# Everything runs in .venv, inside the checkout. It is made on first use and brought up to date when
# pyproject.toml changes. `make` alone says what there is.

# Any Python from 3.11 on: make test PYTHON=/path/to/python3.12
PYTHON ?= python3
# Passed on to the command that a target runs.
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin/python
# Written last, so a set-up that fails or is interrupted leaves none and is done again.
READY := $(VENV)/.ready

# Where these two are set, for the sake of older builds of OpenBLAS, they hold a current NumPy to
# slower kernels than it would choose, and that would be measured too.
EXPERIMENTS := env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE $(BIN) -m experiments

# Whatever the shell says of compiled modules, those of the tests are kept (tests/conftest.py); from
# here on, so are those of the package, which else each of the tests' processes compiles by itself.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN) -m pytest -n auto

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# Every experiment there is: the folders of questions, which have an underscore for a hyphen.
QUESTIONS := $(sort $(wildcard experiments/questions/*/experiment.py))
NAMES := $(subst _,-,$(patsubst experiments/questions/%/experiment.py,%,$(QUESTIONS)))
.PHONY: help $(NAMES) others figures page report test quick portable lint clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'Experiments, each with a table, mostly figures, and data, in figures/latest:'
	@for name in $(NAMES); do \
	printf 'make %-16s ' $$name; \
	sed -n '1s/"""//p' experiments/questions/$$(echo $$name | tr - _)/experiment.py; done
	@echo
	@echo 'ARGS are passed on:    make speedup ARGS="--quick"    make test ARGS="-k jacobian"'
	@echo 'Another Python:        make test PYTHON=/path/to/python3.12'
	@echo 'With its peers:        make overhead ARGS=--peers    where make peers has installed them'

$(NAMES): $(READY)
	$(EXPERIMENTS) $@ $(ARGS)

# Prints the other libraries that are not installed, and fails where there are any.
ABSENT := $(BIN) -m experiments.sides.libraries

# The experiment is told from the others by what has to be installed first.
peers: others
others: $(READY)
	@$(ABSENT) >/dev/null || $(BIN) -m pip install --editable '.[peers]'

# Until all are made, NAME.partial.made says that one is: stopped, it goes on from there. What cannot
# be published here, for want of other libraries, is left as it is, and said.
figures: $(READY) ## Run every experiment and publish it, going on where an earlier run stopped
	@left=; for name in $(NAMES); do \
	if test -e figures/$$name.partial.made; then echo "$$name: made before the stop"; continue; fi; \
	echo "$$name:"; $(EXPERIMENTS) $$name --publish --resume $(ARGS); code=$$?; \
	case $$code in 0) touch figures/$$name.partial.made;; 2) left="$$left $$name";; *) exit $$code;; esac; done; \
	if test -n "$$left"; then echo "left as they are:$$left" >&2; exit 2; fi
	@rm -f figures/*.partial.made

page: $(READY) ## Make a page on which one plays with both modes, figures/latest/page.html
	$(EXPERIMENTS) $@ $(ARGS)

report: $(READY) ## Show every experiment that is published on one page, figures/report.html
	$(EXPERIMENTS) $@ $(ARGS)

test: $(READY) ## Run all tests, and the examples in docstrings, on every core
	$(PYTEST) $(ARGS)

quick: $(READY) ## Run the short form of the tests, for the inner loop
	$(PYTEST) -m 'not slow' $(ARGS)

# What NumPy and OpenBLAS would do on an older processor: with AVX2 but no AVX-512, and with neither.
DISPATCHED := $(BIN) -c 'from numpy._core import _multiarray_umath as m; print(*m.__cpu_dispatch__)'

portable: $(READY) ## Run the tests that depend on arithmetic as on older processors
	@all=$$($(DISPATCHED)); for off in "$${all#* }" "$$all"; do \
	case "$$off" in *X86_V3*) core=Nehalem;; *X86*) core=Haswell;; *) core=;; esac; \
	echo "without $$off$${core:+, with kernels for $$core}:"; \
	NPY_DISABLE_CPU_FEATURES="$$off" OPENBLAS_CORETYPE=$$core \
	$(PYTEST) -q -m 'not slow or arithmetic' $(ARGS) || exit; done

lint: $(READY) ## Check style, format and types
	$(BIN) -m ruff check .
	$(BIN) -m ruff format --check .
	$(BIN) -m mypy

clean: ## Remove .venv, caches and builds; figures stay
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A .venv that works is kept, with whatever else was installed into it; any other is made anew.
$(READY): pyproject.toml
	@rm -f $@
	@$(BIN) -m pip --version >/dev/null 2>&1 || { \
	    $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
	        echo "admodes needs Python 3.11 or newer, which '$(PYTHON)' is not: make PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	    $(PYTHON) -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
	        echo "'$(PYTHON)' has no venv module (Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }; \
	    echo "Making $(VENV) ..."; \
	    $(PYTHON) -m venv --clear $(VENV); }
	@echo "Installing admodes and what it needs into $(VENV) ..."
	@$(BIN) -m pip install --quiet --editable '.[test,dev,graph]'
# LLVM is nothing to be built here. Where there is no wheel of it yet, what it compiles is not tested.
	@$(BIN) -m pip install --quiet --only-binary llvmlite --editable '.[compiled]' || \
	    echo "No llvmlite for this Python: the tests of compiled programs will be skipped."
	@touch $@
