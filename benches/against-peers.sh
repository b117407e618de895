#!/usr/bin/env bash
# Holds archsim against programs that simulate the same workloads with other engines, in one run and interleaved.
#
#   benches/against-peers.sh FOLDER [PROGRAM ...]     the programs: packages `rs-*` of the cargo workspace in FOLDER
#   ROUNDS=7 SHARE=0.1 WORKLOADS="W1 W4" benches/against-peers.sh ...     more rounds, each of a tenth of the customers
#   BUILT=DIR benches/against-peers.sh ...            the programs are in DIR, nothing is built; so does ARCHSIM=BINARY
#
# A program is called as `PROGRAM WORKLOAD CUSTOMERS SEED PENDING` and answers with a line of JSON: `cpu_s` (processor
# time of the event loop), `mean` (W1, W2: mean wait; W3: mean latency; W5: when the last event was) and `fail` (W4: share
# of customers that failed). archsim runs `benches/workloads/w*.toml`, with all statistics that any scenario has; W5 with
# a hundred thousand (W5:1e5) or a million (W5:1e6) that are pending.
# Each round runs everybody with a seed of its own; ratios are taken inside a round, and their median is printed.
# An answer that is farther from the known one than four standard errors ends the script with status 1.
set -euo pipefail

if [ $# -lt 1 ]; then
  sed -n '2,14s/^# \{0,1\}//p' "$0"
  exit 2
fi
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(cd "$1" && pwd)
shift
rounds=${ROUNDS:-5}
share=${SHARE:-1}
workloads=${WORKLOADS:-W1 W2 W3 W4 W5:1e5 W5:1e6}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

programs=("$@")
if [ ${#programs[@]} -eq 0 ]; then
  for path in "$folder"/rs-*/; do programs+=("$(basename "$path")"); done
fi
built=${BUILT:-$scratch/target/release}
if [ -z "${BUILT:-}" ]; then
  # The folder may be read-only, and what is built there is none of its business.
  cp -R "$folder/." "$scratch/peers"
  packages=()
  for program in "${programs[@]}"; do packages+=(-p "$program"); done
  echo "building the programs" >&2
  (cd "$scratch/peers" && CARGO_TARGET_DIR="$scratch/target" cargo build --release --quiet "${packages[@]}")
fi
archsim=${ARCHSIM:-${CARGO_TARGET_DIR:-$here/target}/release/archsim}
if [ -z "${ARCHSIM:-}" ]; then
  echo "building archsim" >&2
  (cd "$here" && cargo build --release --quiet)
fi

# Customers a second, customers in all, seconds that are left out at the start, how many are pending.
of_workload() {
  case "$1" in
  W1) echo 0.9 4e6 10000 0 ;;
  W2) echo 7.2 4e6 1250 0 ;;
  W3) echo 1800 2e6 10 0 ;;
  W4) echo 1600 1.92e6 0 0 ;;
  W5:*) echo "${1#W5:} 4e6 0 ${1#W5:}" ;;
  *) echo "no workload is called $1" >&2 && exit 2 ;;
  esac
}

# The first number behind a key, of JSON on standard input.
number() { sed -n "s/.*\"$1\": *\([-0-9.eE+]*\).*/\1/p" | head -n 1; }

# One run of archsim: seconds a customer, and its answer.
run_archsim() {
  local rate customers warmup pending length outcome flow count answer more=()
  read -r rate customers warmup pending < <(of_workload "$1")
  length=$(awk -v n="$customers" -v share="$share" -v rate="$rate" -v warmup="$warmup" \
    'BEGIN { printf "%ds", n * share / rate + warmup + 0.5 }')
  case "$1" in W5:*) more=(--set "traffic.tick.users=$(awk -v n="$pending" 'BEGIN { printf "%d", n }')") ;; esac
  outcome=$("$archsim" run "$here/benches/workloads/$(tr W w <<<"${1%%:*}").toml" --set "duration=$length" \
    "${more[@]}" --seed "$2" --threads 1 --quiet --no-why --json -)
  flow=$(sed -n '/^  "flows"/,$p' <<<"$outcome")
  # Who came in the warm-up is left out: the time is that of some more customers than are counted.
  count=$(number requests <<<"$flow")
  case "$1" in
  W1 | W2) answer=$(sed -n '/"wait_ms"/,$p' <<<"$flow" | number mean) ;;
  W3) answer=$(sed -n '/"latency_ms"/,$p' <<<"$flow" | number mean) ;;
  W4) answer=$(awk -v failed="$(number failed <<<"$flow")" -v n="$count" 'BEGIN { print 1000 * failed / n }') ;;
  W5:*) answer=$(awk -v n="$count" -v pending="$pending" -v seconds="${length%s}" \
    'BEGIN { print 1000 * n / pending / seconds }') ;;
  esac
  awk -v cpu="$(number loop_cpu_s <<<"$outcome")" -v n="$count" -v answer="$answer" \
    'BEGIN { print cpu / n, answer / 1000 }'
}

# One run of a program: the same.
run_program() {
  local rate customers warmup pending line
  read -r rate customers warmup pending < <(of_workload "$2")
  customers=$(awk -v n="$customers" -v share="$share" 'BEGIN { printf "%d", n * share }')
  line=$("$built/$1" "${2%%:*}" "$customers" "$3" "$(awk -v n="$pending" 'BEGIN { printf "%d", n }')")
  awk -v cpu="$(number cpu_s <<<"$line")" -v n="$customers" -v mean="$(number mean <<<"$line")" \
    -v fail="$(number fail <<<"$line")" -v workload="$2" -v pending="$pending" \
    'BEGIN { print cpu / n, workload == "W4" ? fail : workload ~ /^W5/ ? n / pending / mean : mean }'
}

for workload in $workloads; do
  for round in $(seq "$rounds"); do
    echo "$workload, round $round of $rounds" >&2
    echo "$workload $round archsim $(run_archsim "$workload" "$round")"
    for program in "${programs[@]}"; do
      echo "$workload $round $program $(run_program "$program" "$workload" "$round")"
    done
  done
done >"$scratch/runs"

awk -v share="$share" -v rounds="$rounds" '
  function median(list, n,   i, j, swap) {
    for (i = 1; i <= n; i++)
      for (j = i + 1; j <= n; j++)
        if (list[j] < list[i]) { swap = list[i]; list[i] = list[j]; list[j] = swap }
    return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
  }
  BEGIN {
    # Closed forms (Erlang; Burke for W3), and the error of so many customers. W4 has none: three other engines agree.
    # W5: everybody comes once a second.
    exact["W1"] = 9; error["W1"] = sqrt(35901 / 4e6)
    exact["W2"] = 0.8769162376828217; error["W2"] = sqrt(600 / 4e6)
    exact["W3"] = 0.019914; error["W3"] = sqrt(0.12 / 2e6)
    exact["W4"] = 0.0715; error["W4"] = 0.003
    exact["W5"] = 1; error["W5"] = sqrt(1 / 4e6)
  }
  {
    seconds[$1, $2, $3] = $4
    kind = substr($1, 1, 2)
    z = ($5 - exact[kind]) / (error[kind] / sqrt(share))
    if (z < 0) z = -z
    if (z > worst[$1, $3]) worst[$1, $3] = z
    if (!(($1, $3) in seen)) { seen[$1, $3] = 1; order[++many] = $1 SUBSEP $3 }
  }
  END {
    print "| workload | program | ns a customer | archsim is so many times as fast | in single rounds | farthest answer, standard errors |"
    print "|---|---|---|---|---|---|"
    for (k = 1; k <= many; k++) {
      split(order[k], of, SUBSEP)
      off = worst[of[1], of[2]] > 4
      wrong += off
      low = 1e300; high = 0
      for (r = 1; r <= rounds; r++) {
        each[r] = seconds[of[1], r, of[2]]
        ratio[r] = each[r] / seconds[of[1], r, "archsim"]
        if (ratio[r] < low) low = ratio[r]
        if (ratio[r] > high) high = ratio[r]
      }
      printf "| %s | %s | %.0f | %.2f | %.2f to %.2f | %.1f%s |\n", of[1], of[2], 1e9 * median(each, rounds), \
        median(ratio, rounds), low, high, worst[of[1], of[2]], off ? ", WRONG" : ""
    }
    exit wrong > 0
  }' "$scratch/runs"
