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

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
NAMES := speedup outputs crossover chunks overhead backward graph network denoise bounds memory recommend nesting accuracy kinks workloads
.PHONY: help $(NAMES) peers figures report test lint clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'ARGS are passed on:    make speedup ARGS="--quick"    make test ARGS="-k jacobian"'
	@echo 'Another Python:        make test PYTHON=/path/to/python3.12'
	@echo 'With its peers:        make overhead ARGS=--peers    where make peers has installed them'

speedup: ## Measure a gradient by forward against reverse mode; table, plot and data
outputs: ## Measure a derivative of M outputs by forward against reverse mode
crossover: ## Measure Jacobians of n inputs and m outputs: which mode wins where
chunks: ## Measure what a direction costs when a pass carries k of them
overhead: ## Measure what one operation costs in each mode; table, plot and data
backward: ## Print backward() step by step, with the numbers of forward mode beside it
graph: ## Draw what a gradient is: both modes on a graph, step by step; paths counted
network: ## Train the same network with the gradients of either mode
denoise: ## Denoise a photograph by gradients of 921,600 unknowns
bounds: ## Count what a tangent and a gradient cost, against the bounds of theory
memory: ## Measure what depth costs in memory, by mode and with checkpointing
recommend: ## Predict the quickest way to a derivative, and measure whether it is
nesting: ## Measure second derivatives by the four nestings of both modes
accuracy: ## Hold derivatives against the truth, by each mode, complex step and differences
kinks: ## Show what each mode gives at corners, beside JAX and PyTorch where installed
workloads: ## Differentiate objectives of the field by each mode, beside derivatives by hand

$(NAMES): $(READY)
	$(EXPERIMENTS) $@ $(ARGS)

# Prints the other libraries that are not installed, and fails where there are any.
ABSENT := $(BIN) -m experiments.sides.libraries

peers: $(READY) ## Measure the same derivatives by other libraries, which it installs first
	@$(ABSENT) >/dev/null || $(BIN) -m pip install --editable '.[peers]'
	$(EXPERIMENTS) $@ $(ARGS)

# Until all are made, NAME.partial.made says that one is: stopped, it goes on from there.
# What was published beside other libraries is not replaced by a run that has fewer of them.
figures: $(READY) ## Run every experiment as published, going on where an earlier run stopped
	@for name in $(NAMES); do \
	if test -e figures/$$name.partial.made; then echo "$$name: made before the stop"; continue; fi; \
	echo "$$name:"; test $$name = overhead && more=--peers || more=; \
	$(EXPERIMENTS) $$name $$more --resume $(ARGS) && touch figures/$$name.partial.made || exit; done
	@if absent=$$($(ABSENT)); then echo peers:; $(EXPERIMENTS) peers --resume $(ARGS); \
	else echo "peers: left as it is ('make peers' installs what it needs: $$absent)"; fi
	@rm -f figures/*.partial.made

report: $(READY) ## Show every experiment that has data on one page, figures/report.html
	$(EXPERIMENTS) $@ $(ARGS)

test: $(READY) ## Run all tests, and the examples in docstrings, on every core
	$(BIN) -m pytest -n auto $(ARGS)

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
	@touch $@
