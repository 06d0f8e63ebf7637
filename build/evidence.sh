#!/usr/bin/env bash
# Validates a gateway as build/validate.sh does, and keeps what was seen in evidence/ (or EVIDENCE_DIR), packed with checksums.
#   build/evidence.sh [OPTION]...       options are those of: cleangateway validate --help
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

need psql postgresql-client
for option; do
  case $option in --evidence | --evidence=*) exec build/validate.sh "$@" ;; esac
done
exec build/validate.sh --evidence "${EVIDENCE_DIR:-evidence}" "$@"
