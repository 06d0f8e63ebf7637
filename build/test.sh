#!/usr/bin/env bash
# Runs all tests. They start a PostgreSQL and a Redis of their own on free ports; tests that need more than this
# machine has are reported as skipped. Ends with "N passed, N failed".
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

need_dotnet
need_postgres_server
need psql postgresql-client
need redis-server redis-server
need ab apache2-utils
need curl curl
want_promtool

mkdir -p artifacts
dotnet build -c Release --nologo >"$build_log" 2>&1 || { grep -E 'error|warning' "$build_log" | sort -u | head -n 40; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root

clients=tests/IntegrationTests/Clients npm=
if command -v npm >/dev/null && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 20 ]; then
  (cd "$clients" && npm ci --no-audit --no-fund --loglevel=error) >artifacts/npm.log 2>&1 &
  npm=$!
fi

# Hundreds of processes are started, each for a second or two: they are the release, which needs little compiling, and
# the tests' own code does without what pays in hours. It is published, and packed for the test that unpacks it, while
# tests run that do without it.
export CLEANGATEWAY_PROGRAM=$PWD/$run_folder/cleangateway DOTNET_TieredPGO=0
(build_gateway && build/release.sh --if-newer >/dev/null) &
release=$!

[ -z "$npm" ] || wait "$npm" || { cat artifacts/npm.log >&2; echo "npm could not install the clients; their tests are skipped" >&2; }

passed=0 failed=0 skipped=0

# run REPORT PROJECT [FILTER]...: runs tests, as their own program.
run() {
  local report=$1 project=$2
  shift 2
  "artifacts/bin/$project/release/CleanGateway.$project" -noColor -noLogo "$@" >"$report" 2>&1
}

# count REPORT: adds up what a run came to.
count() {
  cat "$1"
  local total= errors failures skips not_run
  read -r total errors failures skips not_run < <(
    sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\), Not Run: \([0-9]*\).*/\1 \2 \3 \4 \5/p' "$1" | tail -n 1)
  if [ -z "$total" ]; then
    echo "$1 ended without a summary"
    failed=$((failed + 1))
    return
  fi
  failed=$((failed + errors + failures))
  skipped=$((skipped + skips))
  passed=$((passed + total - failures - skips - not_run))
}

run artifacts/unit-tests.txt UnitTests "$@"
count artifacts/unit-tests.txt

# The integration tests wait most of their time. They run in groups, by how the names of their classes begin, each with a
# database and a gateway of its own, a few groups at a time: first those that start no process of the program, then the
# longest. What no line here names is in a group of its own.
groups=(
  'Chat|Meter|Monitoring|Messages|Model'
  'Provider|Partition|ReadApi|Responses|Schema|Security|Usage'
  'ProcessTests[P-R]'
  'FaultTests'
  'ProcessTests[D-L]'
  'ProcessTests[M-OS-Z]'
  'ProcessTests[A-C]'
)
without_release=2
at_once=4

# run_group NAME [FILTER]...: the classes on standard input, beside the groups that run already.
run_group() {
  local name=$1 class filters=()
  shift
  while read -r class; do filters+=(-class "$class"); done
  while [ "$(jobs -pr | wc -l)" -ge "$at_once" ]; do wait -n; done
  run "artifacts/integration-tests-$name.txt" IntegrationTests "${filters[@]}" "$@" &
}

# The program and its release have to be there from here on.
need_release() {
  wait "$release"
  case $? in
    0) ;;
    3) echo "There are no runtime packs here, so no release was made; its test is skipped" >&2 ;;
    *) echo "The release could not be made"; failed=$((failed + 1)) ;;
  esac
}

rm -f artifacts/integration-tests-*.txt
if [ $# -gt 0 ]; then
  need_release
  run artifacts/integration-tests-0.txt IntegrationTests "$@"
else
  rest=$("artifacts/bin/IntegrationTests/release/CleanGateway.IntegrationTests" -list classes | grep '^CleanGateway\.') || fail "The tests cannot be listed."
  for i in "${!groups[@]}"; do
    [ "$i" != "$without_release" ] || need_release
    run_group "$i" < <(grep -E "\.(${groups[i]})" <<<"$rest")
    rest=$(grep -vE "\.(${groups[i]})" <<<"$rest")
  done
  run_group rest <<<"$rest"
  wait
fi
for report in artifacts/integration-tests-*.txt; do count "$report"; done

[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
