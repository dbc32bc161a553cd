# SPDX-License-Identifier: MIT OR Apache-2.0
"""Reads what Yosys and nextpnr left in the work folder (see synth.sh).

  report.py counts DIR AT          check the cell counts against AT/expected.tsv; exit 1 if one is outside
  report.py modules DIR AT         LUT4 and flip-flops of each module, the largest first
  report.py results DIR AT SEEDS   results.tsv, on standard output
  report.py paths DIR AT SEEDS     the critical path of every seed, in RTL signals
"""

import json
import pathlib
import re
import statistics
import sys

HERE = pathlib.Path(__file__).parent
CELLS = {"flipflops": "TRELLIS_FF", "block_ram": "DP16KD", "multipliers": "MULT18X18D"}


def cells(folder):
    stat = json.loads((folder / "stat.json").read_text())
    return stat["modules"]["\\synth_top"]["num_cells_by_type"]


def lut4(found):
    """What cells take of the look-up tables: a carry cell two, 16 x 4 bits of distributed RAM four."""
    return found.get("LUT4", 0) + 2 * found.get("CCU2C", 0) + 4 * found.get("TRELLIS_DPR16X4", 0)


def modules(folder, _at):
    found = json.loads((folder / "stat.json").read_text())["modules"]
    rows = [(lut4(m["num_cells_by_type"]), m["num_cells_by_type"].get("TRELLIS_FF", 0), name.removeprefix("\\"))
            for name, m in found.items()]
    for luts, flipflops, name in sorted(rows, reverse=True):
        if luts + flipflops > 0:
            print(f"{name}\t{luts}\t{flipflops}")
    return 0


def counts(folder, at):
    found = cells(folder)
    print(f"lut4: {lut4(found)} before packing", file=sys.stderr)
    bad = 0
    for line in (at / "expected.tsv").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, low, high, reason = line.split("\t")
        count = found.get(CELLS[name], 0)
        good = int(low) <= count <= int(high)
        print(f"{name}: {count}, expected {low} to {high}" + ("" if good else f": WRONG ({reason})"), file=sys.stderr)
        bad += not good
    return 1 if bad else 0


def report(folder, seed):
    return json.loads((folder / f"report.{seed}.json").read_text())


def results(folder, _at, seeds):
    fmax = sorted(list(report(folder, s)["fmax"].values())[0]["achieved"] for s in seeds)
    # Logic, carry chains and distributed RAM together.
    log = (folder / f"nextpnr.{seeds[0]}.log").read_text()
    packed = re.search(r"Total LUT4s:\s*(\d+)", log).group(1)
    found = cells(folder)
    tools = ", ".join((HERE / "requirements.txt").read_text().split())
    print(f"# make synth: ECP5-85F, speed grade 6, median, lowest and highest of {len(seeds)} seeds; {tools}")
    print(f"fmax_mhz\t{statistics.median(fmax):.1f}\tMHz")
    print(f"fmax_min\t{fmax[0]:.1f}\tMHz")
    print(f"fmax_max\t{fmax[-1]:.1f}\tMHz")
    print(f"lut4\t{packed}\tLUT4")
    print(f"flipflops\t{found['TRELLIS_FF']}\tflip-flops")
    print(f"block_ram\t{found['DP16KD']}\tDP16KD (18 Kbit)")
    print(f"multipliers\t{found['MULT18X18D']}\tMULT18X18D")
    return 0


def signal(name, port=""):
    """The RTL signal in a cell's name: what mapping appended is cut off. Only of registers and RAMs: mapping
    names what lies between after any neighbour."""
    name = re.sub(r"_(LUT4|PFUMX|L6MUX21|CCU2C|TRELLIS_FF).*", "", name).removeprefix("u_core.")
    ram = re.match(r"(\w+)\.mem\.\d", name)
    pin = {"CEB": "read enable", "ADB": "read address", "CE": "write capture", "DOB": "read data"}
    return f"{ram[1]} {pin.get(port.rstrip('0123456789'), port)}" if ram else name


def paths(folder, _at, seeds):
    for seed in seeds:
        # The path between two clock edges, not those of the pins.
        path = max((p for p in report(folder, seed)["critical_paths"] if "async" not in p["from"] + p["to"]),
                   key=lambda p: sum(s["delay"] for s in p["path"]))["path"]
        total = sum(s["delay"] for s in path)
        routing = sum(s["delay"] for s in path if s["type"] == "routing")
        levels = sum(s["type"] == "logic" and ".CCU2" not in s["from"]["cell"] for s in path)
        ends = [signal(path[0]["from"]["cell"], path[0]["from"]["port"]), signal(path[-1]["to"]["cell"], path[-1]["to"]["port"])]
        print(f"seed {seed}: {total:.1f} ns, {routing:.1f} of it routing, {levels} cells: {ends[0]} to {ends[1]}")
    worst = {}
    for net in report(folder, seeds[0]).get("detailed_net_timings", []):
        for end in net["endpoints"]:
            if end["event"].startswith("posedge"):
                name = signal(end["cell"], end["port"])
                worst[name] = max(worst.get(name, 0), max(end["delay"]))
    print(f"latest arrivals, seed {seeds[0]}:")
    for name, delay in sorted(worst.items(), key=lambda w: -w[1])[:15]:
        print(f"  {delay:5.1f} ns  {name}")
    return 0


if __name__ == "__main__":
    command, folder, at = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    if command in ("counts", "modules"):
        sys.exit({"counts": counts, "modules": modules}[command](folder, at))
    sys.exit({"results": results, "paths": paths}[command](folder, at, sys.argv[4].split()))
