#!/usr/bin/env bash
# Measures, and prints what it measured:
#   build/bench.sh http [--quick] [--only NAME,…] [--scenario NAME,…] [--rounds N]   calls through the gateway and its peers
#   build/bench.sh journal [RATE] [SECONDS]                                          what a call waits for the journal
#   build/bench.sh outage [RATE] [SECONDS] [SECONDS OF OUTAGE]                       load while the database is gone
#   build/bench.sh parts [FILTER]                                                    what single parts of a call's way cost
# Without a word, all four with the numbers of docs/findings.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

what=${1:-all}
[ $# = 0 ] || shift
case $what in
  http | journal | outage | parts | all) ;;
  *) fail "usage: build/bench.sh [http|journal|outage|parts] [OPTION]…" ;;
esac

need_dotnet
need_postgres_server
build_gateway
mkdir -p artifacts
dotnet build tests/Benchmarks -c Release --nologo >"$build_log" 2>&1 \
  || { grep -E 'error' "$build_log" | sort -u | head -n 20 >&2; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root
bench=artifacts/bin/Benchmarks/release/CleanGateway.Benchmarks
gateway=$run_folder/cleangateway
peers=tests/Benchmarks/peers

need_peers() {
  command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || need nginx nginx
  need redis-server redis-server
  if command -v npm >/dev/null && [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -ge 20 ]; then
    [ "$peers/node_modules/.package-lock.json" -nt "$peers/package-lock.json" ] \
      || (cd "$peers" && npm ci --no-audit --no-fund --loglevel=error >&2) \
      || echo "npm could not install the peers; they are skipped" >&2
  fi
}

http() { need_peers; "$bench" http "$gateway" --peers "$peers" "$@"; }

case $what in
  http) http "$@" ;;
  journal) "$bench" journal "$@" ;;
  outage) "$bench" outage "$PWD/$gateway" "$@" ;;
  parts) "$bench" parts "$@" ;;
  all) http && "$bench" journal && "$bench" outage "$PWD/$gateway" && "$bench" parts ;;
esac
