# SPDX-License-Identifier: MIT OR Apache-2.0
# The commands that people type daily; `make help` lists them.
# `make` on a bare Debian 12 with Rust is enough: it installs Verilator if it is missing.

CARGO ?= cargo
# Builds `avm` and is where it is then: only cargo knows (CARGO_TARGET_DIR, its configuration).
AVM = $(shell $(CARGO) build -q --bin avm --release --message-format=json-render-diagnostics | \
  sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
# Where the `avm` of the tests is. Another selection of packages than theirs would build it, and all it needs, again.
TESTED = $(CARGO) test -q --workspace --no-run --message-format=json | \
  sed -n 's/.*"executable":"\([^"]*\/avm\)".*/\1/p'
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
VERILATOR ?= verilator

.PHONY: demo test test-slurm lint figures figures-ledger rivals synth netlist proofs faults regress mutants mutants-rtl mutants-model docs help tools

demo: tools ## build, run programs and contracts in lockstep, print the table (the default)
	@$(CARGO) build --release
	@avm="$(AVM)" && "$$avm" cosim testbenches/algorand/programs testbenches/algorand/contracts && \
	  "$$avm" cosim testbenches/arbitrum/programs && echo && \
	  echo "Next: make test; docs/README.md; $$avm --help;" && \
	  echo "see a mismatch: $$avm cosim --fault add_carry testbenches/algorand/units/alu.toml"

test: tools ## everything that must hold before a change lands
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	@$(MAKE) --no-print-directory lint
	$(CARGO) test --workspace
	AVM="$$($(TESTED))" testbenches/synth/netlist.sh

test-slurm: tools ## a regression on Slurm: two nodes on this machine, one of which dies (root; installs slurm-wlm)
	AVM_BINARY="$(AVM)" testbenches/slurm/test.sh

lint: tools ## RTL lint: Verilator with all warnings, Yosys with warnings as errors
	testbenches/lint.sh

figures: ## measure the project's figures: name, value, unit, target
	@$(CARGO) build -q --release
	@avm="$(AVM)" && "$$avm" figures && "$$avm" --machine arbitrum figures

figures-ledger: ## measure the ledger's databases: roots against another implementation, time against nomt called directly
	@$(CARGO) bench -q -p avm-ledger --bench edb

rivals: ## the interpreters beside an EVM's and a WebAssembly's on the same work (MACHINE=algorand: one machine)
	@$(CARGO) run -q --release --locked --manifest-path testbenches/rivals/Cargo.toml --target-dir target/rivals -- $(MACHINE)

synth: ## both cores, Yosys and nextpnr-ecp5: LUTs, flip-flops, block RAM, multipliers, Fmax (hours)
	testbenches/synth/synth.sh algorand
	testbenches/synth/synth.sh arbitrum

netlist: tools ## the unit scenarios in lockstep on the netlist that Yosys writes
	@$(CARGO) build -q --release
	AVM="$(AVM)" testbenches/synth/netlist.sh

proofs: tools ## prove properties of the Algorand core for all runs, and see each fail on a broken core (6 minutes)
	testbenches/proofs/prove.py

faults: ## plant every RTL fault and check that lockstep reports it
	@$(CARGO) build -q --release
	@avm="$(AVM)" && "$$avm" faults --check && "$$avm" --machine arbitrum faults --check

regress: ## everything and 2,000 random programs in lockstep, with reports in target/regress*.html
	@$(CARGO) build -q --release
	@avm="$(AVM)" && "$$avm" regress --html target/regress.html && \
	  "$$avm" --machine arbitrum regress --html target/regress-arbitrum.html

mutants: mutants-rtl mutants-model ## both of these; the RTL's take hours on one core

mutants-rtl: tools ## change the RTL a bit at a time, 1,000 times, and see what notices (goes on where it was)
	@$(CARGO) build -q --release
	@"$(AVM)" mutants --record testbenches/mutants/algorand/results.tsv

mutants-model: tools ## the same with the core model and the instruction table (20 minutes)
	@$(CARGO) run -q --release -p avm-mutate

docs: ## write the generated files again
	$(CARGO) run -q -p avm-sim --bin avm-gen

# Verilator, Yosys and a C++ compiler, from the system's packages, only if one is missing.
tools:
	@for t in $(VERILATOR) yosys g++; do command -v $$t >/dev/null 2>&1 || missing="$$missing $$t"; done; \
	[ -z "$$missing" ] && exit 0; \
	command -v apt-get >/dev/null 2>&1 || { \
	  echo "Missing:$$missing. Install Verilator 5.006 or newer, Yosys and g++ with your package manager."; exit 1; }; \
	[ -z "$(SUDO)" ] || command -v sudo >/dev/null 2>&1 || { \
	  echo "Missing:$$missing. As root: apt-get install verilator yosys g++ make"; exit 1; }; \
	echo "Installing:$$missing"; \
	$(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -y -qq --no-install-recommends verilator yosys g++ make >/dev/null

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20
