#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# RTL lint: Verilator with all warnings as errors, then a Yosys read with warnings as errors, so that
# the RTL stays in the subset that both read alike. Then spelling, where `typos` is installed (`.ci/run` installs it).
set -euo pipefail
cd "$(dirname "$0")/.."
lint() { # top, sources...; `flags` are Verilator's
  local top=$1
  shift
  verilator --lint-only -Wall "${flags[@]}" --top-module "$top" "$@"
  yosys -q -e '.*' -p "read_verilog -sv -D SYNTHESIS $*; hierarchy -check -top $top; proc; check -assert"
  echo "lint $top: clean"
}
flags=()
for folder in rtl/*/; do
  machine=$(basename "$folder")
  [ -e "$folder/${machine}_core.sv" ] || continue
  mapfile -t modules < <(ls rtl/units/*.sv "$folder"*.sv | grep -v '_pkg\.sv$')
  lint "${machine}_core" "$folder"*_pkg.sv "${modules[@]}"
done
flags=(-Wno-UNUSEDSIGNAL) # registers that only lockstep reads
lint toy_core testbenches/toy/*.sv
if typos=$(command -v typos build/tools/bin/typos | head -1) && [ -n "$typos" ]; then
  "$typos"
  echo "lint spelling: clean"
else
  echo "lint spelling: not looked at, there is no \`typos\` here"
fi
