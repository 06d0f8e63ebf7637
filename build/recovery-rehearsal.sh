#!/usr/bin/env bash
# Rehearses the loss of everything that can be lost, with a server and a gateway of its own on loopback: the database and
# its disk, a primary with a replica, the master key. Holds what callers saw against what the database has.
#   build/recovery-rehearsal.sh [--short]
# Prints what was found and how long it took; ends with 1 if anything is not as docs/backup.md promises.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh
. build/postgres.sh

calls=2000
case ${1:-} in
  '') ;;
  --short) calls=40 ;;
  *) fail "build/recovery-rehearsal.sh [--short]" ;;
esac

need curl curl
need_postgres_server
program=${CLEANGATEWAY_PROGRAM:-}
[ -n "$program" ] || { build_gateway; program=$PWD/$run_folder/cleangateway; }
export_dotnet_root

postgres_folder=$(postgres_bin)
work=$(mktemp -d "${TMPDIR:-/tmp}/recovery.XXXXXX")
chmod 0711 "$work"
mkdir -m 0700 "$work/archive"
gateway= background= failed=0

# Whatever runs is stopped by its id.
clean_up() {
  local folder
  [ -z "$background" ] || kill "$background" 2>/dev/null || true
  [ -z "$gateway" ] || kill -KILL "$gateway" 2>/dev/null || true
  for folder in "$work"/primary "$work"/latest "$work"/replica; do
    [ ! -f "$folder/postmaster.pid" ] || as_postgres "$postgres_folder/pg_ctl" stop -s -D "$folder" -m immediate -w 2>/dev/null || true
  done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

step() { printf '\n%s\n' "$*"; }
now() { date +%s%N; }
since() { printf '%d.%01d' $((($(now) - $1) / 1000000000)) $((($(now) - $1) / 100000000 % 10)); }

# expect WHAT FOUND PROMISED
expect() {
  if [ "$2" = "$3" ]; then
    printf '  %-66s %s\n' "$1" "$2"
  else
    printf '  %-66s %s, promised is %s   WRONG\n' "$1" "$2" "$3"
    failed=1
  fi
}
note() { printf '  %-66s %s\n' "$1" "$2"; }

# command ARGUMENTS…: the command line beside the gateway.
command_line() {
  (cd "$work" && env -i PATH="$PATH" HOME="$work" ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} DATABASE_URL="$url" DATA_DIR="$work/gateway" "$program" "$@")
}

start_gateway() {
  (cd "$work" && exec env -i PATH="$PATH" HOME="$work" ${DOTNET_ROOT:+DOTNET_ROOT="$DOTNET_ROOT"} DATABASE_URL="$url" DATA_DIR="$work/gateway" \
    GATEWAY_HTTP_PORT="$http_port" LOG_ARCHIVE=folder ARCHIVE_FOLDER="$work/archive" LOG_LEVEL=warning "$program" serve) >>"$work/gateway.log" 2>&1 &
  gateway=$!
  until curl -s -o /dev/null "http://127.0.0.1:$http_port/health"; do
    kill -0 "$gateway" 2>/dev/null || { wait "$gateway" || true; gateway=; return 1; }
    sleep 0.05
  done
}

stop_gateway() {
  kill -TERM "$gateway"
  wait "$gateway" || fail "The gateway ended with $?: $(tail -n 3 "$work/gateway.log")"
  gateway=
}

# start_server FOLDER PORT [OPTION]…
start_server() {
  local folder=$1 port=$2
  shift 2
  as_postgres "$postgres_folder/pg_ctl" start -s -D "$folder" -l "$work/logs/$(basename "$folder")" -w -t 120 \
    -o "-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories= $*" >/dev/null || fail "A server did not start: $(tail -n 3 "$work/logs/$(basename "$folder")")"
}

# What an answer cost is known from its tokens; callers keep its id and how it went.
call() {
  curl -s -o "$work/answer" -w '%header{x-request-id} %{http_code}\n' -H "Authorization: Bearer $key" -H 'Content-Type: application/json' \
    -d '{"model":"paid","messages":[{"role":"user","content":"Good morning!"}]}' "http://127.0.0.1:$http_port/v1/chat/completions?n=[1-$1]"
}
calls() { call "$1" >>"$work/callers"; }
answered() { grep -c ' 200$' "$work/callers"; }

# shipped N: waits until the database has the rows of N calls.
shipped() {
  local patience=$((SECONDS + 120))
  until [ "$(ask 'SELECT count(*) FROM requests' 2>/dev/null)" = "$1" ]; do
    [ $SECONDS -lt $patience ] || fail "The rows of $1 calls are not there after two minutes: $(ask 'SELECT count(*) FROM requests')"
    sleep 0.05
  done
}

books() { ask "$books_sql"; }
book() { sed -n "s/^$2=//p" <<<"$1"; }

# Each call that got an answer is there, once, and costs what its tokens say; nothing is there that nobody called.
callers_agree() {
  local books spent
  books=$(books)
  expect "calls that callers made, in requests" "$(book "$books" requests)" "$(wc -l <"$work/callers")"
  expect "of those answered, missing" "$(comm -23 <(sed -n 's/ 200$//p' "$work/callers" | sort) <(ask 'SELECT request_id FROM requests' | sort) | wc -l)" 0
  expect "there twice" "$(ask 'SELECT count(*) - count(DISTINCT request_id) FROM usage_records')" 0
  expect "responses" "$(book "$books" responses)" "$(book "$books" requests)"
  expect "without a request" "$(book "$books" orphans)" 0
  expect "ledger lines" "$(book "$books" usage_records)" "$(answered)"
  expect "cost, by the ledger" "$(book "$books" usage_cost)" "$(cost_of "$(answered)")"
  expect "cost, by the months' sums" "$(book "$books" monthly_cost)" "$(cost_of "$(answered)")"
  expect "cost, by the key's budget" "$(ask "SELECT spent FROM budgets JOIN api_keys ON id = scope_id WHERE name = 'caller' AND period = 'total'")" "$(cost_of "$(answered)")"
}

# By the tokens that the answer told, in the database's own decimals.
cost_of() {
  ask "SELECT round($1 * ($prompt * 0.00003 + $completion * 0.00006), scale(sum(total_cost_usd))) FROM usage_records"
}

step "A server that archives its WAL, a gateway, a key with a budget"
account=$(postgres_account)
make_for_postgres "$work/primary" "$work/logs"
password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
(umask 077; echo "$password" >"$work/password"; [ -z "$account" ] || chown "$account" "$work/password")
as_postgres "$postgres_folder/initdb" -D "$work/primary" -U gateway --pwfile="$work/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C \
  --data-checksums --no-instructions >/dev/null
rm "$work/password"
db_port=$(free_port) http_port=$(free_port)
url=postgres://gateway:$password@127.0.0.1:$db_port/gateway
use_url "$url"
start_server "$work/primary" "$db_port"
"$postgres_folder/psql" -X -q -d "postgres://gateway@127.0.0.1:$db_port/postgres" -c 'CREATE DATABASE gateway'
BACKUP_DATABASE_URL=$url build/backup.sh prepare "$work/backups"
as_postgres "$postgres_folder/pg_ctl" stop -s -D "$work/primary" -m fast -w
start_server "$work/primary" "$db_port"
start_gateway || fail "The gateway did not start: $(tail -n 3 "$work/gateway.log")"
key=sk-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
"$postgres_folder/psql" -X -q -v ON_ERROR_STOP=1 -v key="$key" -d "$database_url" <<'SQL'
INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token) VALUES ('paid', 'echo', 0.00003, 0.00006);
INSERT INTO providers (name, provider_type, encrypted_credentials) VALUES ('vendor', 'openai', '{"api_key": "sk-of-the-rehearsal"}');
INSERT INTO api_keys (name, key_hash, total_budget) VALUES ('caller', encode(sha256(:'key'::bytea), 'hex'), 1000);
SQL
: >"$work/callers"
calls 1
shipped 1
prompt=$(sed -n 's/.*"prompt_tokens": *\([0-9]*\).*/\1/p' "$work/answer") completion=$(sed -n 's/.*"completion_tokens": *\([0-9]*\).*/\1/p' "$work/answer")
note "a call's tokens" "$prompt + $completion"

step "Calls, and a backup meanwhile"
calls "$calls" &
background=$!
began=$(now)
BACKUP_DATABASE_URL=$url DATA_DIR=$work/gateway build/backup.sh "$work/backups" --keys "$work/keys" | sed 's/^/  /'
note "seconds that the backup took" "$(since "$began")"
wait "$background"
background=
calls "$calls"
shipped "$(wc -l <"$work/callers")"
books_then=$(books)
moment=$(ask "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
calls "$calls"
shipped "$(wc -l <"$work/callers")"
books_archived=$(books)
segment=$(ask 'SELECT pg_walfile_name(pg_switch_wal())')   # what archive_timeout does once a minute
until [ -f "$work/backups/wal/$segment" ]; do sleep 0.05; done
calls "$calls"
shipped "$(wc -l <"$work/callers")"
books_lost=$(books)

step "The database and its disk are gone"
as_postgres "$postgres_folder/pg_ctl" stop -s -D "$work/primary" -m immediate -w
rm -rf "$work/primary"
gone=$(now)
before=$(wc -l <"$work/callers")
calls "$calls"
expect "calls answered without a database" "$(tail -n +$((before + 1)) "$work/callers" | grep -c ' 200$')" "$calls"

step "Restored to $moment, as a rehearsal"
PGPASSWORD= build/restore.sh "$work/backups" "$work/then" --to "$moment" --drill --files "$work/files" >"$work/report"
for row in requests responses usage_records usage_cost monthly_requests monthly_cost orphans newest; do
  expect "$row" "$(book "$(cat "$work/report")" $row)" "$(book "$books_then" $row)"
done
note "seconds" "$(book "$(cat "$work/report")" seconds)"
expect "files of DATA_DIR are there, and not the master key" "$(cd "$work/files" && ls admin.token; ls master.key 2>/dev/null || true)" admin.token
rm -rf "$work/then"

step "Restored to the latest, and put in the place of the old one"
restoring=$(now)
PGPASSWORD= build/restore.sh "$work/backups" "$work/latest" >"$work/report"
for row in requests usage_records usage_cost newest; do
  expect "$row" "$(book "$(cat "$work/report")" $row)" "$(book "$books_archived" $row)"
done
note "rows of calls that the WAL archive had not got" "$(($(book "$books_lost" requests) - $(book "$(cat "$work/report")" requests)))"
start_server "$work/latest" "$db_port"
shipped $(($(book "$(cat "$work/report")" requests) + calls))
note "seconds until it had the calls made meanwhile, from the journal" "$(since "$restoring")"
note "seconds without a database, this rehearsal's other steps among them" "$(since "$gone")"

step "The calls that the WAL archive had not got, from the gateway's archive"
began=$(now)
command_line archive replay "$work/archive" "$work/gateway/archive" 2>&1 | sed 's/^/  /' || failed=1
note "seconds" "$(since "$began")"
callers_agree
expect "written by another replay" "$(command_line archive replay "$work/archive" "$work/gateway/archive" | sed -n 's/.*: \([0-9]*\) calls written.*/\1/p')" 0

step "The gateway is started anew on the restored database"
stop_gateway
start_gateway || fail "The gateway did not start: $(tail -n 3 "$work/gateway.log")"
calls "$calls"
shipped "$(wc -l <"$work/callers")"
callers_agree

step "A replica takes over"
replica_port=$(free_port)
make_for_postgres "$work/replica"
as_postgres env PGPASSWORD="$PGPASSWORD" "$postgres_folder/pg_basebackup" -d "$database_url" -D "$work/replica" --checkpoint=fast -R
start_server "$work/replica" "$replica_port" "-c hot_standby=on"
calls "$calls"
shipped "$(wc -l <"$work/callers")"
began=$(now)
as_postgres "$postgres_folder/pg_ctl" stop -s -D "$work/latest" -m immediate -w
calls "$calls"   # no one has noticed yet
as_postgres "$postgres_folder/pg_ctl" promote -s -D "$work/replica" -w
stop_gateway
url=postgres://gateway:$password@127.0.0.1:$replica_port/gateway
use_url "$url"
found=$(ask 'SELECT count(*) FROM requests')
start_gateway || fail "The gateway did not start: $(tail -n 3 "$work/gateway.log")"
note "rows that the replica had not got" "$(($(wc -l <"$work/callers") - calls - found))"
shipped $((found + calls))
note "seconds until the gateway wrote to the replica" "$(since "$began")"
command_line archive replay "$work/archive" "$work/gateway/archive" | sed 's/^/  /'
callers_agree

step "The master key is replaced, lost, put back from its copy, and lost for good"
command_line secrets rotate | sed 's/^/  /'
cp -p "$work/gateway/master.key" "$work/keys/after-rotation.master.key"
stop_gateway
rm "$work/gateway/master.key"
: >"$work/gateway.log"
if start_gateway; then expect "a gateway without the key" starts "does not start"; stop_gateway; fi
note "without the key the gateway says" "$(grep -o 'master key [0-9a-f]*' "$work/gateway.log" | head -n 1)"
id=$(sed -n 's/.*secrets forget \([0-9a-f]*\).*/\1/p' "$work/gateway.log" | head -n 1)
cp -p "$work/keys/after-rotation.master.key" "$work/gateway/master.key"
start_gateway || fail "The gateway did not start with the key that was put back: $(tail -n 3 "$work/gateway.log")"
expect "providers with credentials, with the key put back" "$(ask "SELECT count(*) FROM providers WHERE name = 'vendor' AND encrypted_credentials IS NOT NULL")" 1
stop_gateway
rm "$work/gateway/master.key"
command_line secrets forget "$id" --yes | sed 's/^/  /'
start_gateway || fail "The gateway did not start after its lost key was given up: $(tail -n 3 "$work/gateway.log")"
expect "providers with credentials, after the key was given up" "$(ask "SELECT count(*) FROM providers WHERE name = 'vendor' AND encrypted_credentials IS NOT NULL")" 0
calls 1
shipped "$(wc -l <"$work/callers")"
callers_agree
stop_gateway

step "$(wc -l <"$work/callers") calls, $([ $failed = 0 ] && echo "everything as promised" || echo "NOT everything as promised")"
exit $failed
