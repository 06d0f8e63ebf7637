#!/usr/bin/env bash
# Runs the tests of what touches the database against other versions of PostgreSQL than this machine's: servers from an
# npm package, pinned in tests/IntegrationTests/PostgresVersions. It takes some minutes for each version.
#   build/test-postgres-versions.sh [15] [16] [17] [18]      without any: 16 17 18
# Prints a line for each version; ends with 1 if a test of any failed. 15 is this machine's own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

versions=("$@")
[ $# -gt 0 ] || versions=(16 17 18)
for version in "${versions[@]}"; do
  [[ $version =~ ^(15|16|17|18)$ ]] || fail "'$version' is no version: expected 15, 16, 17 or 18"
done

classes=(
  AdminTests ConfigVersionTests DatabaseRolesTests DocumentTestsDatabaseTls DocumentTestsGuide DocumentTestsProofOfConcept DocumentTestsSchema
  DocumentTestsSequence JournalTests MeterTests MeteringTests PartitionTests PostgresVersionTests ProcessTestsCommandLine ProcessTestsFirstStart
  ProcessTestsReplay ReadApiTests SchemaTests UsageTests
)

need_dotnet
need_postgres_server
need psql postgresql-client
need redis-server redis-server
need node nodejs
need npm npm
mkdir -p artifacts
[ "$(uname -sm)" = "Linux x86_64" ] || fail "The package with the servers is for Linux on x64."
(cd tests/IntegrationTests/PostgresVersions && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || fail "npm could not install the servers."
dotnet build tests/IntegrationTests -c Release --nologo >"$build_log" 2>&1 || { grep -E 'error|warning' "$build_log" | sort -u | head -n 40; fail "The build failed; all of it is in $build_log."; }
export_dotnet_root

# Where a server's own user can reach them too. The libraries' short names are links, which npm packages cannot hold: the
# package says which.
work=$(mktemp -d "${TMPDIR:-/tmp}/postgres-versions.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
chmod 0711 "$work"
server_of() {
  local from=tests/IntegrationTests/PostgresVersions/node_modules/postgres-$1
  cp -r "$from" "$work/$1"
  (cd "$work/$1" && node scripts/hydrate-symlinks.js)
  chmod -R a+rX "$work/$1"
  chmod a+x "$work/$1"/native/bin/*
  echo "$work/$1/native/bin"
}

filters=()
for class in "${classes[@]}"; do filters+=(-class "*.$class*"); done
failed=0
for version in "${versions[@]}"; do
  path=$PATH
  [ "$version" = 15 ] || path=$(server_of "$version"):$PATH
  report=artifacts/postgres-$version-tests.txt
  began=$SECONDS
  TESTS_POSTGRES_VERSION=$version PATH=$path artifacts/bin/IntegrationTests/release/CleanGateway.IntegrationTests -noColor -noLogo "${filters[@]}" \
    >"$report" 2>&1 || failed=1
  summary=$(sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\),.*/\1 tests, \3 failed, \2 errors, \4 skipped/p' "$report" | tail -n 1)
  echo "PostgreSQL $version: ${summary:-ended without a summary}, $((SECONDS - began)) s ($report)"
done
exit $failed
