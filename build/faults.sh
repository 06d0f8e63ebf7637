#!/usr/bin/env bash
# Hurts a gateway and its PostgreSQL at random for as long as asked, under callers who never stop, and holds what they
# saw, what the upstream saw and what the database has against each other.
#   build/faults.sh [--minutes N] [--seed S]
# Prints the counts; ends with 1 if a call was lost, is there twice or belongs to no one, or a sum differs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

minutes=10 seed=$RANDOM
while [ $# -gt 0 ]; do
  case $1 in
    --minutes) minutes=${2:?how many?}; shift 2 ;;
    --seed) seed=${2:?which?}; shift 2 ;;
    *) fail "build/faults.sh [--minutes N] [--seed S]" ;;
  esac
done

need_dotnet
need_postgres_server
mkdir -p artifacts
dotnet build tests/IntegrationTests -c Release --nologo >"$build_log" 2>&1 || { grep -E 'error|warning' "$build_log" | sort -u | head -n 40; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root

echo "--minutes $minutes --seed $seed"
FAULTS_MINUTES=$minutes FAULTS_SEED=$seed \
  artifacts/bin/IntegrationTests/release/CleanGateway.IntegrationTests -noColor -noLogo -explicit only -class '*.FaultTestsLong' 2>&1 | tee artifacts/faults.txt
result=${PIPESTATUS[0]}
grep -q '^calls .* sum differences' artifacts/faults.txt || exit 1
exit "$result"
