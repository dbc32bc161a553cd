#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Proves properties of the Algorand core, for runs of any length, any host and any contents of memories.

    testbenches/proofs/prove.py             all of them; each is then seen to fail on a core that is broken on purpose
    testbenches/proofs/prove.py NAME..      these
    testbenches/proofs/prove.py --search SECONDS [NAME..]   of those that are stated only: in how many cycles none fails

Yosys makes one netlist of the core (memories.sv in place of its memories, properties.sv in place of its checks), ABC proves by
property directed reachability that no output of properties.sv is ever 1. Work files: build/proofs. Exit code 1: a property
does not hold or is not decided, or a broken core went unnoticed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OUT = ROOT / "build/proofs"
SECONDS = 300  # for each property

# Property of the core: the file to break, what in it, and what it becomes.
PROPERTIES = {
    "page_found": ("heap.sv", "(bad_operand || !p_hit_q || bad_page", "(bad_operand || bad_page"),
    "inside_page": ("pages.sv", "(s_nos_q[10:3] == p_size && ", "(s_nos_q[10:3] == 8'd3 && p_size == 8'd3 && "),
    "inside_late": ("heap.sv", "a_addr_q <= a_heap_ra;", "a_addr_q <= {a_heap_ra[11:1], 1'b0};"),
    "kept_place": ("heap.sv", "log_wdata = {kind, a_addr_q, old}", "log_wdata = {kind, a_addr_q ^ 12'd1, old}"),
}
# Stated in properties.sv, and not decided.
STATED = ("page_named", "kept_value", "undo_entry", "undo_heap", "undo_kind", "undo_size")
# Properties of memories.sv beside the RTL's memories (same.sv), likewise.
MEMORIES = {
    "memory_word": ("memories.sv", "mem_q <= raddr_i == at ? word_q : other;", "mem_q <= raddr_i == 2'd1 ? word_q : other;"),
    "memory_look": ("memories.sv", "if (we_i && waddr_i == at) word_q <= wdata_i;\n\n  assign rd0", "word_q <= wdata_i;\n\n  assign rd0"),
}
# The word that a memory keeps is one that properties.sv chooses.
KEPT = {"u_dir": "slot", "u_size": "slot", "u_heap": "place", "u_log": "entry"}


def run(command, log):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    log.write_text(done.stdout)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed, see {log}:\n{done.stdout[-2000:]}")
    return done.stdout


def core(rtl):
    """The core of this RTL with memories.sv: files, top, and what Yosys does with them."""
    parts = sorted(p for p in (rtl / "algorand").glob("*.sv") if p.name not in ("isolation.sv", "algorand_pkg.sv"))
    units = [rtl / f"units/{name}.sv" for name in ("mul64", "div64", "table_1w")]
    own = [HERE / f for f in ("memories.sv", "properties.sv", "top.sv")]
    keep = [f"connect -set \\u_core.{m}.at \\u_core.u_isolation.{w}" for m, w in KEPT.items()]
    cut = "opt -full; memory_nordff; memory_collect; cutpoint t:$mem* t:$mul"
    return [rtl / "algorand/algorand_pkg.sv", *units, *parts, *own], "proof_top", [*keep, cut]


def memories(ours, at):
    """The same of memories.sv, or a broken copy, beside the RTL's, which get names of their own."""
    at.mkdir(parents=True, exist_ok=True)
    theirs = []
    for name in ("ram_1r1w", "lutram_2r"):
        text = (ROOT / f"rtl/units/{name}.sv").read_text()
        theirs.append(at / f"real_{name}.sv")
        theirs[-1].write_text(text.replace(f"module {name} ", f"module real_{name} "))
    keep = [f"connect -set \\{m}.at \\at" for m in ("u_kept", "u_kept_lut")]
    return [*theirs, ours, HERE / "same.sv"], "same_top", [*keep, "opt -full; memory_map"]


# An assertion of properties.sv becomes an output of its name; those of the core itself are not looked at.
CELL = re.compile(r"(?:  attribute .*\n)*  cell \$assert (\S+)\n((?:    .*\n)*)  end\n")


def outputs(text, names):
    def output(match):
        name = match[1].split(".")[-1].lstrip("\\")
        if name not in names:
            return ""
        a, enable = (re.search(rf"connect \\{port} (.*)", match[2])[1] for port in ("A", "EN"))
        number = 100 + names.index(name)
        binary = "parameter \\A_SIGNED 0\n parameter \\A_WIDTH 1\n parameter \\Y_WIDTH 1\n"
        return (
            f"wire \\not_{name}\nwire output {number} \\{name}\n"
            f"cell $not $not_{name}\n {binary} connect \\A {a}\n connect \\Y \\not_{name}\nend\n"
            f"cell $and $and_{name}\n {binary} parameter \\B_SIGNED 0\n parameter \\B_WIDTH 1\n"
            f" connect \\A \\not_{name}\n connect \\B {enable}\n connect \\Y \\{name}\nend\n"
        )

    return CELL.sub(output, text)


def netlist(design, names, at):
    """Writes the netlist of a design whose outputs are the properties; their numbers by name."""
    files, top, more = design
    at.mkdir(parents=True, exist_ok=True)
    flat, with_outputs, aig, numbers = (at / f for f in ("flat.il", "outputs.il", "core.aig", "core.map"))
    more = "\n".join(more)
    # proc -norom: or the decoder's table would be a memory, which is cut, and any opcode would be any instruction.
    run(["yosys", "-q", "-p", f"""
        read_verilog -formal -sv {' '.join(map(str, files))}
        hierarchy -check -top {top}; proc -norom; flatten
        {more}
        opt -full; write_ilang {flat}"""], at / "read.log")
    with_outputs.write_text(outputs(flat.read_text(), names))
    # Registers without a reset begin with anything.
    run(["yosys", "-q", "-p", f"""
        read_ilang {with_outputs}
        formalff -clk2ff -ff2anyinit; async2sync; setundef -undriven -anyseq
        simplemap; techmap; opt -full; dffunmap; abc -g AND -fast; opt_clean
        write_aiger -zinit -map {numbers} {aig}"""], at / "netlist.log")
    found = {m[2]: m[1] for m in re.finditer(r"^output (\d+) \d+ (\S+)$", numbers.read_text(), re.M)}
    missing = [name for name in names if name not in found]
    if missing:
        sys.exit(f"no assertion is left of {', '.join(missing)}")
    return aig, found


def ask(aig, number, command, log):
    return run(["yosys-abc", "-c", f"read {aig}; cone -s -O {number}; scleanup; {command}"], log)


def changed(text, what):
    file, old, new = what
    if text.count(old) != 1:
        sys.exit(f"{file}: what is to be broken is there {text.count(old)} times: {old}")
    return text.replace(old, new)


def rtl_without_sweep(folder):
    """A copy of the RTL that clears no 4,096 tags after reset: no counterexample would be found behind that."""
    rtl = pathlib.Path(folder) / "rtl"
    subprocess.run(["cp", "-r", ROOT / "rtl", rtl], check=True)
    loader = rtl / "algorand/loader.sv"
    sweep = ("loader.sv", "l_high_q <= 13'(algorand_pkg::FRAME_WORDS);", "l_high_q <= 13'd0;")
    loader.write_text(changed(loader.read_text(), sweep))
    return rtl


def broken(name):
    """In which cycle the property fails on a design that breaks it; None if it does not."""
    at = OUT / f"broken_{name}"
    if name in MEMORIES:
        at.mkdir(parents=True, exist_ok=True)
        ours = at / "memories.sv"
        ours.write_text(changed((HERE / "memories.sv").read_text(), MEMORIES[name]))
        return fails(netlist(memories(ours, at), [name], at), name, at)
    with tempfile.TemporaryDirectory() as folder:
        rtl = rtl_without_sweep(folder)
        path = rtl / "algorand" / PROPERTIES[name][0]
        path.write_text(changed(path.read_text(), PROPERTIES[name]))
        return fails(netlist(core(rtl), [name], at), name, at)


def fails(made, name, at):
    aig, found = made
    said = ask(aig, found[name], f"bmc3 -F 200 -T {SECONDS}", at / "abc.log")
    cycle = re.search(r"asserted in frame (\d+)", said)
    return cycle and int(cycle[1])


def search(seconds, names):
    """Counterexamples of what is stated only: True if there is none in that time."""
    at, good = OUT / "search", True
    with tempfile.TemporaryDirectory() as folder:
        aig, found = netlist(core(rtl_without_sweep(folder)), names, at)
    for name in names:
        said = ask(aig, found[name], f"bmc3 -T {seconds}; write_cex -a {at / name}.cex", at / f"{name}.log")
        fails_in = re.search(r"asserted in frame (\d+)", said)
        frames = re.search(r"No output asserted in (\d+) frames", said)
        none = f"no counterexample in {frames[1] if frames else 'no'} cycles"
        print(f"{name:12} {f'fails in cycle {fails_in[1]}' if fails_in else none}", flush=True)
        good = good and not fails_in
    return good


def checked(names, known):
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no property {', '.join(unknown)}: there are {', '.join(known)}")
    return names or known


def main():
    if sys.argv[1:2] == ["--search"]:
        if not sys.argv[2:] or not sys.argv[2].isdigit():
            sys.exit("--search takes a number of seconds for each property")
        sys.exit(0 if search(int(sys.argv[2]), checked(sys.argv[3:], list(STATED))) else 1)
    names = checked(sys.argv[1:], [*MEMORIES, *PROPERTIES])
    whole = {}
    designs = ((MEMORIES, memories(HERE / "memories.sv", OUT / "memories")), (PROPERTIES, core(ROOT / "rtl")))
    for table, design in designs:
        asked = [name for name in names if name in table]
        if asked:
            aig, found = netlist(design, asked, OUT / design[1])
            whole.update({name: (aig, found[name]) for name in asked})
    good = True
    for name, (aig, number) in whole.items():
        said = ask(aig, number, f"pdr -T {SECONDS}", OUT / f"{name}.log")
        proved, cycle = "Property proved" in said, broken(name)
        good = good and proved and cycle is not None
        noticed = "NOT NOTICED when broken" if cycle is None else f"when broken it fails in cycle {cycle}"
        print(f"{name:12} {'proved' if proved else 'NOT PROVED'}; {noticed}", flush=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
