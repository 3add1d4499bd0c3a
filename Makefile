# Redoubt: two commands matter, `make run` and `make test`. `make help` lists the rest.

GO       ?= go
BIN      := bin/redoubt
ROOT     ?= run
PREFIX   ?= /usr/local
FUZZTIME ?= 30s
VERSION  := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
export CGO_ENABLED = 0

.PHONY: crash point-in-time help build run stop test lint fuzz oracle conformance node-test tier-test cgroup-test deb rpm package-test bench pgo microbench bench-durability install uninstall clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

build: ## build bin/redoubt
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/redoubt

run: build ## bring up a GitLab Redis node from the recipe under ./run and leave it running
	@scripts/run $(BIN) '$(ROOT)'

stop: ## stop what `make run` started
	@scripts/stop $(BIN) '$(ROOT)'

test: ## run all tests; needs only the Go toolchain
	$(GO) vet ./...
	$(GO) test ./...
	$(GO) test -tags invariants ./internal/memory/... ./test/conformance/...

lint: ## run the linters, pinned in tools/go.mod
	$(GO) tool -modfile=tools/go.mod golangci-lint run ./...

fuzz: ## run every fuzz target for FUZZTIME
	@scripts/fuzz $(FUZZTIME)

oracle: ## compare every transcript with Debian's redis-server (installed when missing)
	@scripts/oracle

conformance: build ## other people's tests and clients against this server (installs them); PARTS='ruby node' for some
	@scripts/conformance $(BIN) $(PARTS)

node-test: build ## the recipe as root on the real paths, in namespaces that leave the machine alone; needs root
	@scripts/node-test $(BIN)

tier-test: build ## tiers of several nodes with Debian's redis-server and redis-sentinel, in namespaces; needs root
	@scripts/tier-test $(BIN)

cgroup-test: ## a server in a real control group that fills up; needs root and control groups that can be made
	$(GO) test -count=1 -tags cgroup -run TestControlGroup ./test/lifecycle

crash: ## kill servers under load, KILLS times for each policy and transport, and look for what they had acknowledged; cut the file at its last 64 KB
	REDOUBT_KILLS=$(or $(KILLS),500) REDOUBT_CUTS=65536 $(GO) test -count=1 -timeout 2h -run 'TestKill|TestCutAtEveryByte' -v ./test/durability

point-in-time: ## take SNAPSHOTS snapshots of servers under load, load each elsewhere, compare digests and invariants
	REDOUBT_SNAPSHOTS=$(or $(SNAPSHOTS),1000) $(GO) test -count=1 -timeout 1h -run 'TestPointInTime|TestInvariants' -v ./test/snapshot

pgo: build ## record the profile that go build optimises for, cmd/redoubt/default.pgo, under redis-benchmark
	@scripts/pgo $(BIN)

bench: build ## compare with Debian's redis-server (installed when missing), 30 minutes; QUICK=1 for a look; CONTRIBUTING.md has what can be chosen
	@scripts/bench $(BIN)

microbench: ## run the benchmarks of containers, keyspace, parsers, files
	$(GO) test -run '^$$' -bench . -benchmem ./internal/...

bench-durability: build ## the append-only file, loading, saving and what clients notice, beside redis-server; KEYS=10000000 GIGABYTES=5 for the full size, QUICK=1 for a look
	@scripts/bench-durability $(BIN)

deb: build ## build bin/package/redoubt_VERSION_ARCH.deb
	@scripts/package deb '$(VERSION)'

rpm: build ## build bin/package/redoubt-VERSION.ARCH.rpm
	@scripts/package rpm '$(VERSION)'

package-test: build ## install, upgrade, remove and purge the Debian package in a clean root; needs root and a Debian mirror
	@rm -rf bin/package
	@scripts/package deb 0.0.1 >/dev/null && scripts/package deb 0.0.2 >/dev/null
	@scripts/package-test bin/package/redoubt_0.0.1_*.deb bin/package/redoubt_0.0.2_*.deb

install: build ## install the binary and the links gitlab-ctl and gitlab-redis-cli
	@PREFIX='$(PREFIX)' scripts/install $(BIN)

uninstall: ## remove what install put in place; data and configuration stay
	@PREFIX='$(PREFIX)' scripts/install --remove

clean: ## remove build results
	rm -rf bin
