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

clients=tests/IntegrationTests/Clients
if command -v npm >/dev/null && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 20 ]; then
  (cd "$clients" && npm ci --no-audit --no-fund --loglevel=error) || echo "npm could not install the clients; their tests are skipped" >&2
fi

mkdir -p artifacts
dotnet build -c Release --nologo >"$build_log" 2>&1 || { grep -E 'error|warning' "$build_log" | sort -u | head -n 40; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root

# Hundreds of processes are started, each for a second or two: they are the release, which needs little compiling, and
# the tests' own code does without what pays in hours.
build_gateway
export CLEANGATEWAY_PROGRAM=$PWD/$run_folder/cleangateway DOTNET_TieredPGO=0

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

# Tests of the program as a process, and of faults, wait most of their time: they run beside the others, with a database
# of their own, those of processes in two halves by the first letter of what they are about.
early=() late=()
for letter in A B C D E F G H I J K L; do
  early+=(-class "*.ProcessTests$letter*")
  late+=(-class- "*.ProcessTests$letter*")
done
run artifacts/process-tests-early.txt IntegrationTests "${early[@]}" "$@" &
run artifacts/process-tests-late.txt IntegrationTests -class '*.ProcessTests*' "${late[@]}" "$@" &
run artifacts/fault-tests.txt IntegrationTests -class '*.FaultTests*' "$@" &
run artifacts/integration-tests.txt IntegrationTests -class- '*.ProcessTests*' -class- '*.FaultTests*' "$@"
wait
count artifacts/integration-tests.txt
count artifacts/process-tests-early.txt
count artifacts/process-tests-late.txt
count artifacts/fault-tests.txt

[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
