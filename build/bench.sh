#!/usr/bin/env bash
# Measures, and prints what it measured: build/bench.sh [journal|outage] [RATE] [SECONDS] [SECONDS OF OUTAGE].
# Without a word, both with the numbers of docs/findings.md.
set -euo pipefail
cd "$(dirname "$0")/.."
. build/lib.sh

need_dotnet
need_postgres_server
build_gateway
mkdir -p artifacts
dotnet build build/bench -c Release --nologo >"$build_log" 2>&1 || { grep -E 'error' "$build_log" | sort -u | head -n 20 >&2; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root
bench=artifacts/bin/Bench/release/CleanGateway.Bench

what=${1:-all}
[ $# = 0 ] || shift
case $what in
  journal) "$bench" journal "$@" ;;
  outage) "$bench" outage "$PWD/$run_folder/cleangateway" "$@" ;;
  all) "$bench" journal && "$bench" outage "$PWD/$run_folder/cleangateway" ;;
  *) fail "usage: build/bench.sh [journal|outage] [RATE] [SECONDS] [SECONDS OF OUTAGE]" ;;
esac
