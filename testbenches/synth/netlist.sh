#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# The unit scenarios in lockstep on the netlist that Yosys writes, instead of on the RTL.
#
#   testbenches/synth/netlist.sh [scenario or folder...]      # AVM: the binary, if not target/release/avm
#
# Yosys reads the same files as for synthesis (SYNTHESIS defined: no assertions), makes a flat netlist of
# word-level cells and plain memories, and `avm cosim --rtl` runs that. This finds what Yosys misreads silently: the
# simulation of the RTL cannot, place and route does not.
# Not compared here: the contents of the RAMs themselves (their names are gone), only their ports. Registers that only
# lockstep reads are kept by hand; which fields the netlist does not have all the same, `avm cosim --rtl` says.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$PWD/build/netlist
mkdir -p "$out"
mapfile -t files < <(ls rtl/*/algorand_pkg.sv; ls rtl/units/*.sv rtl/algorand/*.sv | grep -v '_pkg\.sv$')

start=$SECONDS
yosys -q -e '.*' -l "$out/yosys.log" -p "
  read_verilog -sv -D SYNTHESIS ${files[*]}
  hierarchy -check -top algorand_core
  proc; setattr -set keep 1 */w:*_q algorand_core/w:*_rd algorand_core/w:frame_hit algorand_core/w:a_value algorand_core/w:a_load; flatten; opt -full; wreduce; peepopt; opt_clean; opt_dff
  memory -nomap; opt -full; clean -purge; check -assert
  write_verilog -noattr $out/new.v"
# AVM_BREAK: a sed script that breaks the netlist, to see that the lockstep reports it. One bit inverted,
#   AVM_BREAK='s/(u_alu\.signed_over  && )/\1~/' testbenches/synth/netlist.sh testbenches/algorand/units/alu.toml
# gave MISMATCH, "value at cycle 7136, pc 14 `isub`: d_fuel_q", exit 1. A script that changes nothing is an error.
if [ -n "${AVM_BREAK:-}" ]; then
  cp "$out/new.v" "$out/whole.v"
  sed -i -E "$AVM_BREAK" "$out/new.v"
  ! cmp -s "$out/new.v" "$out/whole.v" || { echo "AVM_BREAK changed nothing" >&2; exit 2; }
fi
cmp -s "$out/new.v" "$out/algorand_core.v" || cp "$out/new.v" "$out/algorand_core.v"
echo "netlist: $(wc -l <"$out/algorand_core.v") lines, Yosys $((SECONDS - start)) s"

start=$SECONDS
[ $# -gt 0 ] || set -- testbenches/algorand/units
"${AVM:-target/release/avm}" cosim --rtl "$out/algorand_core.v" "$@"
echo "built, and lockstep on the netlist: $((SECONDS - start)) s"
