#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR Apache-2.0
# `avm regress --engine slurm` on a real Slurm: 20 jobs on two nodes of this machine; one node's daemon and its job die
# in the middle, another job is cancelled; the merged report is that of one process. Then the same with a planted fault.
#
#   testbenches/slurm/test.sh              as root: it installs slurm-wlm and munge if they are missing
#   SEEDS=2048 testbenches/slurm/test.sh   seeds of a job of the first run (its 20 jobs should last about a minute)
#   AVM_BINARY=path                        this binary instead of a release build
#   KEEP=1                                 leave the folder with results and logs
#
# Daemons listen on loopback only, keep everything in one temporary folder, and are stopped by process number.
set -euo pipefail
cd "$(dirname "$0")/../.."

seeds=${SEEDS:-2048}
jobs=20
host=$(hostname)
base=
pids=()
begun=$SECONDS

say() { echo "$*" >&2; }
part() { say "$1: $((SECONDS - begun)) s"; begun=$SECONDS; }
fail() { say "FAILED: $*"; exit 1; }

clean() {
  local code=$?
  trap - EXIT INT TERM
  [ -z "$base" ] || stop_jobs
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [ -n "$base" ] && [ $code != 0 ]; then
    tail -n 5 "$base"/ctld/*.log "$base"/log/slurmd.*.log "$base"/*.txt >&2 2>/dev/null || true
  fi
  if [ -n "${KEEP:-}" ]; then
    say "everything is in $base"
  elif [ -n "$base" ]; then
    rm -rf "$base"
  fi
  exit $code
}
trap clean EXIT
trap 'exit 130' INT TERM

# Jobs of a node, or of both, are known by their environment, step daemons by their log.
job_processes() {
  grep -lzsx "SLURMD_NODENAME=${1:-n[12]}" /proc/[0-9]*/environ | xargs -r grep -lzsx "SLURM_CONF=$base/slurm.conf" |
    cut -d/ -f3 || true
}

processes() {
  local p
  job_processes "${1:-}"
  for p in $(grep -lsx slurmstepd /proc/[0-9]*/comm | cut -d/ -f3); do
    ! find "/proc/$p/fd" -lname "$base/log/slurmd.${1:-n[12]}.log" 2>/dev/null | grep -q . || echo "$p"
  done
}

stop_jobs() { # of node $1, or all
  local pid
  for pid in $(processes "${1:-}"); do kill -9 "$pid" 2>/dev/null || true; done
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo $port
      return
    fi
  done
}

until_true() { # seconds, command...
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.2
  done
}

[ "$(id -u)" = 0 ] || { say "this needs root: Slurm's daemons start jobs as other users"; exit 2; }
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
  part "install slurm-wlm, munge"
fi
if [ -z "${AVM_BINARY:-}" ]; then
  AVM_BINARY=$("${CARGO:-cargo}" build -q --bin avm --release --message-format=json-render-diagnostics |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
  part "build"
fi
binary=$(realpath "$AVM_BINARY")

start_munge() {
  dd if=/dev/urandom of="$base/munge.key" bs=128 count=1 status=none
  chmod 400 "$base/munge.key"
  munged --foreground --socket="$base/munge.socket" --key-file="$base/munge.key" --seed-file="$base/munge.seed" \
    --pid-file="$base/munge.pid" --log-file="$base/log/munged.log" >"$base/log/munged.out" 2>&1 &
  pids+=($!)
  until_true 10 munge -n -S "$base/munge.socket" || fail "munged does not answer: $(tail -1 "$base/log/munged.log")"
}

# A node is lost after 10 seconds; a job waits until its old credential has expired before it is started again.
configure() {
  install -d -o slurm -g slurm "$base/state" "$base/ctld"
  cat >"$base/slurm.conf" <<CONF
ClusterName=avm
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmUser=slurm
AuthType=auth/munge
AuthInfo=socket=$base/munge.socket,cred_expire=15
CredType=cred/munge
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
StateSaveLocation=$base/state
SlurmdSpoolDir=$base/spool.%n
SlurmdPidFile=$base/slurmd.%n.pid
SlurmctldPidFile=$base/ctld/slurmctld.pid
SlurmctldLogFile=$base/ctld/slurmctld.log
SlurmdLogFile=$base/log/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,bf_interval=5
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
ReturnToService=2
SlurmctldTimeout=10
SlurmdTimeout=10
KillWait=5
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=500 State=UNKNOWN
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$(free_port) CPUs=1 RealMemory=500 State=UNKNOWN
PartitionName=cosim Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$base/slurm.conf
}

start_node() {
  mkdir -p "$base/spool.$1"
  setsid slurmd -D -f "$SLURM_CONF" -N "$1" >"$base/log/$1.out" 2>&1 &
  pids+=($!)
  node_pid[$1]=$!
}

idle() { [ "$(sinfo -h -N -t idle -o %N | sort | tr '\n' ' ')" = "$1" ]; }

start_slurm() {
  declare -gA node_pid
  setsid slurmctld -D -f "$SLURM_CONF" >"$base/log/slurmctld.out" 2>&1 &
  pids+=($!)
  start_node n1
  start_node n2
  until_true 30 idle "n1 n2 " || fail "nodes do not come up: $(tail -3 "$base"/log/*.out "$base"/log/slurmd*.log)"
}

# Without what depends on time, threads, machine and command.
compare() { # name of one, name of other
  python3 - "$base/$1" "$base/$2" <<'PY'
import json, sys
def lines(name):
    for text in open(name + ".jsonl"):
        line = json.loads(text)
        yield {k: v for k, v in line.items()
               if "second" not in k and k not in ("started", "arguments", "jobs", "folder", "run")}
one, other = (list(lines(name)) for name in sys.argv[1:])
for a, b in zip(one, other):
    if a != b:
        sys.exit(f"differs:\n{str(a)[:2000]}\n{str(b)[:2000]}")
if len(one) != len(other):
    sys.exit(f"{len(one)} lines, {len(other)} lines")
if open(sys.argv[1] + ".cover").read() != open(sys.argv[2] + ".cover").read():
    sys.exit("coverage differs")
end = one[-1]
failures = [f'{l["count"]} x {l["signature"]}' for l in one if l["type"] == "failure"]
print(f'equal: {end["programs"]} programs, {end["failed"]} failed, {end["distinct"]} distinct, coverage '
      f'{len(next(l for l in one if l["type"] == "cover")["cells"])} cells', *failures[:3], sep="; ", file=sys.stderr)
PY
}

run() { # name, seeds, options...: in the background
  local name=$1 range=$2
  shift 2
  "$binary" regress --seeds "0..$range" --no-store --json "$base/$name.jsonl" --cover "$base/$name.cover" \
    --failures "$base/$name.failures" "$@" >"$base/$name.txt" 2>&1 &
  running=$!
  pids+=("$running")
}

farm_run() { # the same on the farm
  local name=$1 range=$2
  shift 2
  run "$name" "$range" --engine slurm --partition cosim --per-job $((range / jobs)) --dir "$base/farm.$name" "$@"
}

ended() { # exit code that is right, what
  local code=0
  wait "$running" || code=$?
  [ $code = "$1" ] || fail "$2: exit code $code: $(tail -5 "$base/$2.txt")"
}

results() { find "$base/farm.$1/results" -name '*.json' 2>/dev/null | wc -l; }
some_results() { [ "$(results "$1")" -ge "$2" ]; }

# Jobs are short here: one is stopped before it is killed. It may have ended since it was seen: then the next one.
stop_one() { # on node $1
  local found
  found=$(job_processes "$1")
  [ -n "$found" ] || return 1
  # shellcheck disable=SC2086
  kill -STOP $found && return
  # shellcheck disable=SC2086
  kill -CONT $found
  return 1
}

lose_node() { # after 4 results of a run: daemon, step and job of n2
  until_true 300 some_results "$1" 4 || fail "no results come: $(tail -3 "$base/$1.txt")"
  until_true 60 stop_one n2 || fail "no job runs on n2"
  kill -9 "${node_pid[n2]}"
  wait "${node_pid[n2]}" 2>/dev/null || true
  say "n2: daemon and $(processes n2 | wc -l) processes of its job killed after $(results "$1") results"
  stop_jobs n2
}

base=$(mktemp -d /tmp/avm-slurm.XXXXXX)
chmod 755 "$base"
mkdir "$base/log"
start_munge
configure
start_slurm
part "start munge, slurmctld, two slurmd"

total=$((seeds * jobs))
farm_run farm $total
lose_node farm
scancel "$(sed -n 's/^submitted array \([0-9]*\):.*/\1/p' "$base/farm.txt" | head -1)_$((jobs - 1))"
say "job $((jobs - 1)) cancelled by hand"
ended 0 farm
part "20 jobs on two nodes, one of them lost"
grep "left the queue" "$base/farm.txt" >&2 || fail "the cancelled job was not missed: $(cat "$base/farm.txt")"
[ "$(results farm)" = $jobs ] || fail "$(results farm) results, not $jobs"
[ "$(sinfo -h -N -n n2 -o %t)" != idle ] || fail "n2 was not lost"
say "n2: $(sinfo -h -N -n n2 -o %t); $(grep -c 'requeue job.*due to failure of node n2' "$base/ctld/slurmctld.log") requeued"
run local $total
ended 0 local
compare local farm || fail "the merged report is not that of one process"
part "the same seeds here, compared"

start_node n2
until_true 60 idle "n1 n2 " || fail "n2 does not come back"
part "n2 is back"

total=$((128 * jobs))
farm_run fault $total --fault add_carry
ended 1 fault
run local-fault $total --fault add_carry
ended 1 local-fault
compare local-fault fault || fail "the merged failures are not those of one process"
diff -r "$base/local-fault.failures" "$base/fault.failures" >/dev/null || fail "failure folders differ"
part "20 jobs with a planted fault, the same here, compared"
say "passed"
