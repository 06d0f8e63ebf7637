#!/usr/bin/env bash
# Validates a running gateway: the five checks, then the figures (docs/validation.md).
#   build/validate.sh [OPTION]...       options are those of: cleangateway validate --help
# Without --base-url it is the gateway of the settings. Where none answers, one is started on a free port, with a data
# folder of its own under artifacts, validated, and stopped. Ends with 0: passed, 1: a check failed, 2: not tried.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

# answers PORT: whether a gateway does, on this machine.
answers() {
  local head
  head=$(timeout 5 bash -c \
    'exec 3<>"/dev/tcp/127.0.0.1/$0" && printf "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && cat <&3' "$1" 2>/dev/null) || return 1
  grep -qi '^x-request-id: req_' <<<"$head"
}

gateway=
validation=
folder=

stop() {
  local process
  for process in $validation $gateway; do
    kill "$process" 2>/dev/null && wait "$process" 2>/dev/null || true
  done
  validation= gateway=
  [ -n "$folder" ] || return 0

  # For root the database may be where system services keep theirs.
  local home
  home=$(cat "$folder/data/postgres.home" 2>/dev/null || true)
  case $home in /var/lib/cleangateway/?*) rm -rf "$home" ;; esac
  rm -rf "$folder"
  folder=
}

# Nothing of this shell's settings reaches a gateway that is here for the validation alone. Becomes the program: to be
# started in the background, where its process id is the program's own.
alone() {
  cd "$folder"
  exec env -i PATH="$PATH" HOME="$folder" ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} \
    ${POSTGRES_BIN:+POSTGRES_BIN="$POSTGRES_BIN"} DATA_DIR=data GATEWAY_HTTP_PORT=0 "$program" "$@"
}

# start: a gateway of its own; its port is in $port.
start() {
  need_postgres_server
  mkdir -p artifacts
  folder=$PWD/$(mktemp -d artifacts/validate.XXXXXX)
  chmod 755 "$folder"
  alone serve >"$folder/gateway.log" 2>&1 &
  gateway=$!
  port=
  for _ in $(seq 600); do
    port=$(sed -n 's/^LLM Gateway listening on :\([0-9]*\)$/\1/p' "$folder/gateway.log")
    [ -z "$port" ] || return 0
    kill -0 "$gateway" 2>/dev/null || break
    sleep 0.1
  done
  tail -n 20 "$folder/gateway.log" >&2
  echo "The gateway did not start; what it said is above." >&2
  return 1
}

named=
for option; do
  case $option in --base-url | --base-url=* | -h | --help | '-?') named=yes ;; esac
done

program=${CLEANGATEWAY_PROGRAM:-$PWD/$run_folder/cleangateway}
[ -n "${CLEANGATEWAY_PROGRAM:-}" ] || build_gateway
export_dotnet_root
port=$(setting GATEWAY_HTTP_PORT)
if [ -n "$named" ] || answers "${port:-8080}"; then
  exec "$program" validate "$@"
fi

trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
echo "No gateway answers on port ${port:-8080}: one is started for this validation, with a database of its own" >&2
start || exit 2

# Files that options name are seen from where they were given.
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --evidence) mkdir -p "${2:?--evidence: which folder?}"; arguments+=("$1" "$(cd "$2" && pwd)"); shift 2 ;;
    *) arguments+=("$1"); shift ;;
  esac
done
result=0
alone validate --base-url "http://127.0.0.1:$port" --gateway-log "$folder/gateway.log" \
  --note "Against a gateway and a database that were started for this validation, and stopped after it" \
  ${arguments[@]+"${arguments[@]}"} &
validation=$!   # waited for, so that a signal is heeded at once
wait "$validation" || result=$?
validation=
stop
exit "$result"
