# Needs git, make and Go; whatever else is missing (PostgreSQL, for the tests Node.js and Chromium) is installed by scripts/.

.DEFAULT_GOAL := help
SHELL := /bin/bash

# The same compiler flags everywhere (build, test, run, CI), or everything is compiled twice. Only the link differs.
# The version is given here: Go's own stamping fails where git distrusts the owner of the folder.
export GOFLAGS ?= -buildvcs=false
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

.PHONY: help run build test fuzz check generate fmt bench pictures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build and start the portal with the demo city; data stays in ./var
	@scripts/ensure-postgres.sh
	@$(MAKE) --no-print-directory build
	@exec bin/ereception serve --demo

build: ## build bin/ereception
	@mkdir -p bin
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o bin/ereception ./cmd/ereception

test: ## every test, browser journeys included (E2E=0: without them)
	@scripts/test.sh

FUZZTIME ?= 60s
fuzz: ## throw random documents at the decoder of Prozorro (FUZZTIME=60s)
	go test -run '^$$' -fuzz '^FuzzDecode$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 2s ./internal/procurement/prozorro

check: ## generated files are fresh, formatting, vet, staticcheck
	@scripts/ensure-postgres.sh
	@scripts/check.sh

generate: ## generate templates, assets and migrations/schema.sql
	@scripts/ensure-postgres.sh
	go tool templ generate
	go run ./internal/tools/assets
	@$(MAKE) --no-print-directory build
	bin/ereception schema

fmt: ## format Go and templ sources
	go tool templ fmt templates
	find . \( -name node_modules -o -name '.[!.]*' \) -prune -o -name '*.go' -not -name '*_templ.go' -print0 \
		| xargs -0 go tool -modfile=internal/tools/lint/go.mod gofumpt -w

bench: ## measure speed and size; each figure beside a limit measured in the same run
	@scripts/ensure-postgres.sh
	@$(MAKE) --no-print-directory build
	go run ./internal/tools/bench

pictures: ## take the pictures of docs/guide anew, from a fresh demo city
	@scripts/pictures.sh

clean: ## remove what was built; never data
	rm -rf bin e2e/test-results e2e/playwright-report
