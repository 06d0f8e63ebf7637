#!/usr/bin/env bash
# Installs what the gateway needs on this machine, and builds it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

need_dotnet
need_postgres_server
need psql postgresql-client
build_gateway
echo "Ready: ./build/run.sh starts the gateway."
