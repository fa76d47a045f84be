# Weir. `make help` lists what there is.
# Everything here needs Go and make; what else a target needs it sets up itself.

SHELL := /bin/bash
.DEFAULT_GOAL := help

ROLES     := agent mediator backend local
VERSION   := 0.1.0
GO        ?= go
GOFLAGS_B := -ldflags "-s -w"
# Prometheus' service discoveries weigh 22 MB; Kubernetes is the one that a cluster needs.
TAGS      := remove_all_sd,enable_kubernetes_sd
# Packages with concurrency of their own run under the race detector.
RACE      := ./receivers/... ./processors/... ./connectors/... ./exporters/... ./extensions/... ./confmap/... ./internal/directory/... ./internal/store/... ./internal/ledger/...
DURATION  ?=
STORES    ?=
TIME      ?= 10s
# The page, which the binaries with a backend embed.
CONSOLE   := extensions/consoleextension/dist/index.html

export GOTOOLCHAIN ?= local
# One setting for binaries and tests, so that they share what is compiled.
export CGO_ENABLED ?= 0

.PHONY: help
help: ## list every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: setup bin/weir-local ## run the main job on live traffic of three sample services (DURATION=40s, STORES=1)
	$(GO) run ./demo/cmd/weir-demo --weir bin/weir-local $(if $(DURATION),--duration $(DURATION)) $(if $(STORES),--stores)

.PHONY: test
test: setup $(CONSOLE) ## run every test, those on real servers and in a real browser included
	@scripts/setup chromium:chromium '/usr/lib/postgresql/*/bin/initdb:postgresql'
	scripts/test $(RACE)

.PHONY: build
build: bin/weir $(ROLES:%=bin/weir-%) ## build all distributions into bin/

bin/weir bin/weir-backend bin/weir-local: $(CONSOLE)

$(CONSOLE): $(shell find console scripts/console -name node_modules -prune -o -type f -print)
	@scripts/setup
	scripts/console

# Go's own build cache knows what is up to date, so these always run.
.PHONY: FORCE
FORCE:

bin/weir: FORCE
	$(GO) build -tags $(TAGS) $(GOFLAGS_B) -o $@ ./distributions/full

bin/weir-%: FORCE
	$(GO) build -tags $(TAGS) $(GOFLAGS_B) -o $@ ./distributions/$*

.PHONY: build-arm64
build-arm64: ## build the agent for linux/arm64
	GOOS=linux GOARCH=arm64 $(GO) build $(GOFLAGS_B) -o bin/weir-agent-arm64 ./distributions/agent

.PHONY: generate
generate: ## rewrite what is generated: distributions and component metadata
	scripts/generate

.PHONY: check
check: ## formatting, vet, static analysis, generated code, licences
	scripts/check

.PHONY: bench
bench: ## measure against the peers (docs/benchmarks.md tells what)
	scripts/bench

.PHONY: soak
soak: setup $(CONSOLE) ## the long forms of the tests: more kills, more fuzzing (about an hour)
	WEIR_SOAK=1 $(GO) test -count=1 -timeout 2h ./...
	scripts/fuzz 1m

.PHONY: fuzz
fuzz: ## every fuzz target for a short time (TIME=10s each)
	scripts/fuzz $(TIME)

.PHONY: setup
setup: ## install what the tests and the demo need and the machine lacks
	@scripts/setup

.PHONY: clean
clean: ## remove what a build left (caches stay)
	rm -rf bin demo-summary.json
