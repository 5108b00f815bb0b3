# The only door. Each word sets up what it needs, and only what it needs; a second call does nothing twice.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
BIN := .venv/bin
STEP := dev/step
WEB := src/livehall/server/web
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f \
	-not -name '*.test.*' -not -name '*.tsbuildinfo' -print)
PYTEST := $(BIN)/pytest
# One more than processors: a test that is put away waits a tenth of a second for its servers to end.
IN_LANES := -n $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) + 1)))
CHECKS_BESIDE := $(BIN)/python -m dev.beside '$(MAKE) check'
IN_TWO := --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=line)

HAS_HEADERS := import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))

# Node brings certificates of its own; what this machine trusts beyond them (a company's, say) counts too.
SYSTEM_CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(SYSTEM_CERTIFICATES),)
export NODE_EXTRA_CA_CERTS ?= $(SYSTEM_CERTIFICATES)
endif

.PHONY: help run test check check-python check-web fix dev migrate openapi bench test-long setup web

help: ## what each word does
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r word does; do \
		printf '  make %-10s %s\n' "$$word" "$$does"; done

run: .venv/.runtime $(WEB)/index.html ## set up everything, start a demonstration hall, print two links
	@exec $(BIN)/livehall serve --demo

# Media and browsers wait for the clock for half of their time: the checks have what they leave of the processors.
test: ## set up everything, run every check and test
	@$(MAKE) $(IN_TWO) setup
	@code=0; \
	$(PYTEST) -m 'not (long or media or browser)' --ignore=tests/contracts $(IN_LANES) --dist loadfile || code=$$?; \
	$(CHECKS_BESIDE) $(PYTEST) -m '(media or browser) and not long' --ignore=tests/contracts || code=$$?; \
	exit $$code

check: .venv/.dev web/node_modules/.installed ## lint, types, import rules, contracts (no media, no browser)
	@$(MAKE) $(IN_TWO) check-python check-web
	@$(STEP) 'contracts: ledgers, OpenAPI, documentation' $(PYTEST) tests/contracts -q $(IN_LANES) --dist worksteal

# The halves of `check` that keep one core busy each.
check-python:
	@$(STEP) 'ruff: lint' $(BIN)/ruff check .
	@$(STEP) 'ruff: format' $(BIN)/ruff format --check .
	@$(STEP) 'mypy: types' $(BIN)/mypy
	@$(STEP) 'import-linter: who may import whom' $(BIN)/lint-imports

check-web:
	@$(STEP) 'web: types, lint, unit tests' npm --prefix web run check

fix: .venv/.dev web/node_modules/.installed ## put right what tools can put right
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@npm --prefix web exec -- eslint --fix web

dev: .venv/.dev web/node_modules/.installed $(WEB)/index.html ## a demonstration hall, and the web app reloading on change
	@$(BIN)/livehall serve --demo & hall=$$!; trap 'kill $$hall; wait $$hall' EXIT; npm --prefix web run dev

migrate: .venv/.runtime ## bring the database of the data directory up to date
	@$(BIN)/livehall migrate

openapi: .venv/.dev web/node_modules/.installed ## write the served OpenAPI document and both clients' generated code anew
	@mkdir -p .cache
	@$(BIN)/python -c 'import sys, msgspec; from livehall.dialects.live.document import document; \
		sys.stdout.buffer.write(msgspec.json.encode(document()))' >.cache/live.json
	@npm --prefix web run --silent api -- "$(CURDIR)/.cache/live.json"
	@$(BIN)/python -m dev.client .cache/live.json src/livehall/client

bench: .venv/.dev .venv/.native ## measure, and write the figures down
	@$(BIN)/python -m bench

test-long: check .venv/.native $(WEB)/index.html ## the tests that take minutes each
	@$(PYTEST) -m long

setup: .venv/.dev .venv/.native web/node_modules/.installed $(WEB)/index.html ## everything that the other words need

web: $(WEB)/index.html ## the web app, built into the package

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo 'Livehall needs Python 3.11, 3.12 or 3.13, and finds none. Debian, Ubuntu: apt install python3 python3-venv'; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo 'This Python has no venv module. Debian, Ubuntu: apt install python3-venv'; exit 1; }
	@$(STEP) 'python: environment in .venv' $(PYTHON) -m venv .venv

.venv/.runtime: requirements/rehearse.txt pyproject.toml | .venv/bin/python
	@[ .venv/.dev -nt requirements/rehearse.txt ] || $(STEP) 'python: what a running hall needs' \
		$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements/rehearse.txt
	@$(STEP) 'python: livehall itself' $(BIN)/pip install --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml | .venv/bin/python
	@$(STEP) 'python: what tests and checks need' \
		$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(STEP) 'python: livehall itself' $(BIN)/pip install --disable-pip-version-check --no-deps -e .
	@touch $@ .venv/.runtime

# Optional, so that a machine without a compiler can do all but test this part.
.venv/.native: $(wildcard native/*.py native/*.toml native/*/*.py native/src/*) | .venv/.dev
	@if command -v cc >/dev/null && $(BIN)/python -c '$(HAS_HEADERS)'; then \
		$(STEP) 'native: the inner loop of forwarding, from source' \
			$(BIN)/pip install --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./native; \
		touch $@; \
	else echo '  – native: not built, needs a C compiler and headers. Debian, Ubuntu: apt install gcc libc6-dev python3-dev'; fi

web/node_modules/.installed: web/package-lock.json web/package.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null \
		|| { echo 'Livehall needs Node 20.19 or newer to build its web app, and finds none. See https://nodejs.org'; exit 1; }
	@$(STEP) 'web: packages' npm --prefix web ci --no-audit --no-fund
	@touch $@

$(WEB)/index.html: web/node_modules/.installed $(WEB_SOURCES)
	@$(STEP) 'web: build' npm --prefix web run build
	@[ -e $@ ] || { echo 'The build of the web app made no $@.'; exit 1; }
	@touch $@
