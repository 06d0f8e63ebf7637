#!/usr/bin/env bash
# Installs what the gateway needs on this machine, and builds it.
#
#   build/install.sh                 for a checkout: ./build/run.sh starts the gateway
#   build/install.sh --system …      for the machine, as root: makes a release and installs it as a systemd service.
#                                    What follows goes to the release's own install.sh: --prefix, --root, --uninstall
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

if [ "${1:-}" = --system ]; then
  shift
  case " $* " in *" --uninstall "*) installer=$PWD/build/deploy/install.sh && cd "$caller" && exec "$installer" "$@" ;; esac
  tarball=$(build/release.sh --if-newer)
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  tar -xzf "$tarball" -C "$unpacked" --strip-components=1 --no-same-owner
  (cd "$caller" && "$unpacked/install.sh" "$@")
  exit
fi

[ $# = 0 ] || fail "$1 is not known: expected --system, or nothing"
need_dotnet
need_postgres_server
need psql postgresql-client
build_gateway
echo "Ready: ./build/run.sh starts the gateway."
