# Two commands: `make demo` shows the main job in the lab, `make test` proves it. Both set up what they need.
SHELL := /bin/bash
PY := .venv/bin/python
# twice the cores: tests of real servers wait more than they work
WORKERS ?= $(shell echo $$(( 2 * $$(nproc) )))

.PHONY: help setup demo demo-app demo-down open test lint format bench lab-up lab-down clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup:  ## make .venv, the pulumi command and a passphrase (all targets do this first)
	@scripts/setup

demo: setup  ## the main job in the lab: an app on servers, drift, repair, a server dies; then Juju and OpenStack's charms
	@scripts/demo

demo-app: setup  ## its first half: ends with the app up, for `make open`
	@scripts/demo app

demo-down:  ## destroy what a demo made, and end the lab
	@[ ! -x $(PY) ] || scripts/demo-down

open: setup  ## the app in this machine's browser: http://127.0.0.1:8001/, through main
	@scripts/open

test: setup lint  ## all checks and tests
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=25

lint: setup  ## style, types, import contracts
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports
	.venv/bin/basedpyright

format: setup  ## put the code into shape
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

bench: setup  ## print the figures of benchmarks/
	$(PY) -m benchmarks

lab-up: setup  ## start the lab
	@$(PY) -m lab up

lab-down:  ## end the lab: no process, namespace, link, mount or cgroup of it remains
	@[ ! -x $(PY) ] || $(PY) -m lab down

clean: lab-down  ## take away what the targets made, the state of stacks in .pulumi excepted
	rm -rf .venv .lab .hypothesis .pytest_cache .ruff_cache .import_linter_cache *.egg-info
