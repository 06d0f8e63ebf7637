#!/usr/bin/env bash
# Validates a gateway and its database wherever they are, and keeps the evidence in evidence/ (docs/validation.md).
#   BASE_URL=… DATABASE_URL=… API_KEY_FILE=… ./test_live_infrastructure.sh [OPTION]...
# By environment: BASE_URL, DATABASE_URL (its password there, in PGPASSWORD or in ~/.pgpass), API_KEY or API_KEY_FILE; if
# there is one, ADMIN_TOKEN or ADMIN_TOKEN_FILE. Or by the options of: cleangateway validate --help
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")"
. build/lib.sh

wants() { echo "$1 is not set: $2" >&2; missing=yes; }

# given OPTION: whether it is among the arguments.
given() {
  local option=$1 argument
  shift
  for argument; do
    case $argument in "$option" | "$option"=*) return 0 ;; esac
  done
  return 1
}

missing=
given --base-url "$@" || [ -n "${BASE_URL:-}" ] \
  || wants BASE_URL "where the gateway takes calls, for example https://gateway.example.com"
given --database-url "$@" || [ -n "${DATABASE_URL:-}" ] \
  || wants DATABASE_URL "its database, for example postgres://gw_readonly@db.example.com/gateway?sslmode=verify-full"
given --api-key-file "$@" || [ -n "${API_KEY:-}${API_KEY_FILE:-}" ] \
  || wants "API_KEY or API_KEY_FILE" "a key of the gateway, or a file with one"
[ -z "$missing" ] || exit 2

# Files are seen from where they were named.
seen_from "$caller" "$@"
set -- ${arguments[@]+"${arguments[@]}"}
for name in API_KEY_FILE ADMIN_TOKEN_FILE EVIDENCE_DIR CLEANGATEWAY_PROGRAM; do
  [ -z "${!name:-}" ] || export "$name=$(absolute "$caller" "${!name}")"
done

given --base-url "$@" || set -- --base-url "$BASE_URL" "$@"
exec build/evidence.sh "$@"
