# The commands of daily work. CONTRIBUTING.md says when to use which.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CARGO ?= cargo
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)
SCRIPTS := $(shell grep -lE '^\#!.*\bbash\b' scripts/* .ci/*)

.PHONY: help run test lint docs bench

help: ## What can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

run: ## Build Keyward and start it with a demonstration; Ctrl-C drains and stops it
	scripts/web
	$(CARGO) build --release --locked -p keyward
	./target/release/keyward serve --demo

test: ## Run every test; installs what is missing where it may
	scripts/test-deps
	scripts/web test
ifeq ($(NEXTEST),yes)
	scripts/with-postgres $(CARGO) nextest run --locked --workspace --no-fail-fast
	$(CARGO) test --locked --workspace --doc --quiet
else
	scripts/with-postgres $(CARGO) test --locked --workspace --no-fail-fast
endif

lint: ## Formatting, clippy, shell syntax, licences and sources of dependencies
	scripts/toolchain rustfmt clippy
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	for script in $(SCRIPTS); do bash -n "$$script"; done
	scripts/check-dependencies
	scripts/web check

docs: ## Write docs/reference and openapi.json anew from the code
	$(CARGO) run --quiet --locked -p keyward -- reference write docs/reference
	UPDATE_OPENAPI=1 $(CARGO) test --quiet --locked -p keyward-api --test it document::
	scripts/web
	npm --prefix web run --silent types

bench: ## What a call costs, paired with nginx and HAProxy; BENCH='--only cpu' for one scenario, all take forty minutes
	bench/run.py --check
	scripts/test-deps
	scripts/web
	$(CARGO) build --release --locked -p keyward -p keyward-load
	$(CARGO) build --release --locked -p keyward-calls --example fill --example week
	bench/run.py $(BENCH)
