#!/usr/bin/env bash
# Runs the gateway: installs what is missing where it may, builds, and becomes the gateway, so that its process id and
# its signals are the gateway's. All configuration comes from the environment or a .env file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

need_dotnet
build_gateway
export_dotnet_root
[ -n "$(setting DATABASE_URL)" ] || need_postgres_server
exec "$run_folder/cleangateway" serve "$@"
