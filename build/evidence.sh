#!/usr/bin/env bash
# Validates a gateway as build/validate.sh does, and keeps what was seen in evidence/ (or EVIDENCE_DIR), packed with checksums.
#   build/evidence.sh [OPTION]...       options are those of: cleangateway validate --help
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

# Nothing was tried.
fail() { echo "$*" >&2; exit 2; }

need psql postgresql-client
seen_from "$caller" "$@"
set -- ${arguments[@]+"${arguments[@]}"}
for name in API_KEY_FILE ADMIN_TOKEN_FILE CLEANGATEWAY_PROGRAM; do
  [ -z "${!name:-}" ] || export "$name=$(absolute "$caller" "${!name}")"
done
for option; do
  case $option in --evidence) exec build/validate.sh "$@" ;; esac
done
exec build/validate.sh --evidence "$(absolute "$caller" "${EVIDENCE_DIR:-$PWD/evidence}")" "$@"
