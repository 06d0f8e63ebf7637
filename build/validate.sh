#!/usr/bin/env bash
# Validates a running gateway: the five checks, then the figures (docs/validation.md).
#   build/validate.sh [--throw-away] [OPTION]...       options are those of: cleangateway validate --help
# Without --base-url it is the gateway of the settings. Where nothing is configured, there is no data folder, and none
# answers, or with --throw-away, one is started on a free port, with a data folder of its own under artifacts, validated,
# and stopped. Ends with 0: passed, 1: a check failed, 2: not tried.
set -euo pipefail
caller=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

# Nothing was tried.
fail() { echo "$*" >&2; exit 2; }

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
  mkdir -p artifacts && folder=$(mktemp -d "$PWD/artifacts/validate.XXXXXX") || fail "No folder can be made in $PWD/artifacts."
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

# configured: whether there is a gateway to validate, by its settings or by the data of one that has run here.
configured() {
  local all name data
  all=$(settings) || exit
  ! grep -Eq '"origin": "(env_file|config)"' <<<"$all" || return 0
  for name in GATEWAY_HTTP_HOST GATEWAY_HTTP_PORT DATA_DIR DATABASE_URL; do
    [ -z "$(setting_field "$name" where <<<"$all")" ] || return 0
  done
  [ -d data ]
}

named= throw_away=
options=()
for option; do
  case $option in
    --throw-away) throw_away=yes; continue ;;
    --base-url | --base-url=* | -h | --help | '-?') named=yes ;;
  esac
  options+=("$option")
done
[ -z "$named" ] || [ -z "$throw_away" ] || fail "--throw-away starts a gateway of its own: it goes without --base-url"

# Files are seen from where they were named.
seen_from "$caller" ${options[@]+"${options[@]}"}
for name in API_KEY_FILE ADMIN_TOKEN_FILE; do
  [ -z "${!name:-}" ] || export "$name=$(absolute "$caller" "${!name}")"
done

program=$(absolute "$caller" "${CLEANGATEWAY_PROGRAM:-}")
if [ -n "$program" ]; then export CLEANGATEWAY_PROGRAM=$program; else build_gateway; program=$PWD/$run_folder/cleangateway; fi
[ -x "$program" ] || fail "$program is no program that can be run."
export_dotnet_root
if [ -n "$named" ]; then
  exec "$program" validate ${arguments[@]+"${arguments[@]}"}
elif [ -z "$throw_away" ]; then
  if configured || answers 8080; then exec "$program" validate ${arguments[@]+"${arguments[@]}"}; fi
fi

trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ -n "$throw_away" ]
then echo "A gateway is started for this validation, with a database of its own" >&2
else echo "Nothing is configured and no gateway answers: one is started for this validation, with a database of its own" >&2
fi
start || exit 2

result=0
alone validate --base-url "http://127.0.0.1:$port" --gateway-log "$folder/gateway.log" \
  --note "Against a gateway and a database that were started for this validation, and stopped after it" \
  ${arguments[@]+"${arguments[@]}"} &
validation=$!   # waited for, so that a signal is heeded at once
wait "$validation" || result=$?
validation=
stop
exit "$result"
