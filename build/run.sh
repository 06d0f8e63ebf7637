#!/usr/bin/env bash
# Runs the gateway: installs what is missing where it may, builds, and becomes the gateway, so that its process id and
# its signals are the gateway's. All configuration comes from the environment, a .env file or a config.yaml.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

need_dotnet
build_gateway
export_dotnet_root
database=$(setting DATABASE_URL)
[ -n "$database" ] || need_postgres_server
exec "$run_folder/cleangateway" serve "$@"
