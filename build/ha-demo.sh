#!/usr/bin/env bash
# Starts what docs/high-availability.md describes on this machine's loopback: PostgreSQL with a streaming replica, Redis, two gateways
# and nginx. Then takes each away in turn while callers go on, prints what these saw, and holds their answers against the books.
#   build/ha-demo.sh [--seconds N] [--rate N] [--short] [--crash] [--keep]
# --seconds: how long each phase lasts (5). --rate: calls a second (40). --short: without Redis and the smaller restarts. --crash: the
# primary is killed instead of stopped, with synchronous replication. --keep: leave the folder with all configuration and logs.
# Ends with 1 if an answered call is not in the books, is there twice, or a call failed in a phase marked with an exclamation mark.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh

usage="usage: build/ha-demo.sh [--seconds N] [--rate N] [--short] [--crash] [--keep]"
seconds=5 rate=40 short= crash= keep=
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "--seconds takes a number"; seconds=$2; shift 2 ;;
    --rate) [[ ${2:-} =~ ^[1-9][0-9]{0,3}$ ]] || fail "--rate takes a number from 1 to 9999"; rate=$2; shift 2 ;;
    --short) short=1; shift ;;
    --crash) crash=1; shift ;;
    --keep) keep=1; shift ;;
    *) fail "$usage" ;;
  esac
done

PATH=$PATH:/usr/sbin
need_postgres_server
need psql postgresql-client
need redis-server redis-server
need nginx nginx
need curl curl
program=${CLEANGATEWAY_PROGRAM:-}
[ -n "$program" ] || { build_gateway; program=$PWD/$run_folder/cleangateway; }
callers=${CLEANGATEWAY_CALLERS:-}
if [ -z "$callers" ]; then
  mkdir -p artifacts
  dotnet build tests/Benchmarks -c Release --nologo >"$build_log" 2>&1 || fail "The build failed; all of it is in $build_log."
  callers=$PWD/artifacts/bin/Benchmarks/release/CleanGateway.Benchmarks
fi
export_dotnet_root

# --- What is started here ends with this script, whatever ends it.
folder=$(mktemp -d "${TMPDIR:-/tmp}/cleangateway-ha.XXXXXX")
chmod 711 "$folder"
declare -A pids=()
stop_all() {
  local result=$? name
  trap - EXIT INT TERM
  exec 7>&- || true
  for name in "${!pids[@]}"; do kill -TERM "${pids[$name]}" 2>/dev/null || true; done
  for name in "${!pids[@]}"; do wait "${pids[$name]}" 2>/dev/null || true; done
  for name in one two; do
    [ ! -f "$folder/$name/postmaster.pid" ] || postgres pg_ctl stop -D "$folder/$name" -m immediate -s >/dev/null 2>&1 || true
  done
  if [ -n "$keep" ]; then echo "Everything is in $folder"; else rm -rf "$folder"; fi
  exit "$result"
}
trap stop_all EXIT
trap 'exit 130' INT TERM

free_port() {   # NAME: sets it
  while :; do
    printf -v "$1" %d $((RANDOM % 12000 + 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/${!1}") 2>/dev/null || return 0
  done
}

eventually() {   # WHAT COMMAND…: within a minute
  local what=$1 i
  shift
  for ((i = 0; i < 1200; i++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.05
  done
  tail -n 5 "$folder"/*.log >&2 || true
  fail "Not within a minute: $what"
}

# --- PostgreSQL: a primary, and a standby that streams from it. As another user where this one is root.
for bin in "${POSTGRES_BIN:-}" $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin 2>/dev/null | sort -Vr) \
  "$(dirname "$(readlink -f "$(command -v initdb || echo /)")")"; do
  [ ! -x "$bin/initdb" ] || break
done
account=
if [ "$(id -u)" = 0 ]; then account=$(id -nu postgres 2>/dev/null || echo nobody); fi
postgres() {
  if [ -n "$account" ]; then (cd / && setpriv --reuid="$account" --regid="$(id -g "$account")" --clear-groups env PATH="$bin:$PATH" "$@")
  else PATH="$bin:$PATH" "$@"; fi
} 7>&-   # the callers' input ends when nobody holds it any more: what goes on in the background must not

secret() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }
password=$(secret)   # of all roles: this is one machine
export GW_APP_PASSWORD=$password GW_MIGRATE_PASSWORD=$password GW_READONLY_PASSWORD=$password GW_REPLICATION_PASSWORD=$password
free_port one; free_port two; free_port redis; free_port a; free_port b; free_port front
url() { echo "postgres://$1:$password@127.0.0.1:$2/gateway?sslmode=disable"; }
both() { echo "postgres://$1:$password@127.0.0.1:$one,127.0.0.1:$two/gateway?sslmode=disable&target_session_attrs=$2"; }
sql() { psql --no-psqlrc -XAtq -v ON_ERROR_STOP=1 "$(url postgres "$1")" -c "$2"; }

start_postgres() {   # NAME PORT
  postgres pg_ctl start -D "$folder/$1" -l "$folder/$1/server.log" -s -w -t 60 \
    -o "-p $2 -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" >/dev/null \
    || { tail -n 5 "$folder/$1/server.log" >&2; fail "PostgreSQL did not start."; }
}

echo "Starting PostgreSQL ×2, Redis, gateways ×2 and nginx"
for name in one two; do install -d -m 700 ${account:+-o "$account"} "$folder/$name"; done
printf %s "$password" >"$folder/password"; chmod 644 "$folder/password"
postgres initdb -D "$folder/one" -U postgres --auth=scram-sha-256 --pwfile="$folder/password" --no-sync >"$folder/initdb.log"
rm "$folder/password"
cat build/deploy/postgresql/primary.conf build/deploy/postgresql/replica.conf >>"$folder/one/postgresql.conf"
sed -E 's/^hostssl/host   /; s#10\.0\.0\.[0-9]+/[0-9]+#127.0.0.1/32#' build/deploy/postgresql/pg_hba.conf >"$folder/one/pg_hba.conf"
echo "host all postgres 127.0.0.1/32 scram-sha-256" >>"$folder/one/pg_hba.conf"
start_postgres one "$one"
PGPASSWORD=$password createdb -h 127.0.0.1 -p "$one" -U postgres gateway
psql --no-psqlrc -Xq -f build/deploy/postgresql/replication-role.sql "$(url postgres "$one")"
psql --no-psqlrc -Xq -f build/deploy/database-roles.sql "$(url postgres "$one")"

make_replica() {   # NAME PORT_OF_PRIMARY
  install -m 755 build/deploy/postgresql/make-replica.sh "$folder/make-replica.sh"
  postgres env PGPASSWORD="$password" "$folder/make-replica.sh" "postgres://gw_replication@127.0.0.1:$2/?sslmode=disable" "$folder/$1" "standby_$1" \
    >"$folder/make-replica.log" 2>&1 || { cat "$folder/make-replica.log" >&2; fail "The replica could not be made."; }
}
make_replica two "$one"
start_postgres two "$two"

start_redis() {
  redis-server --port "$redis" --bind 127.0.0.1 --dir "$folder" --save "" >>"$folder/redis.log" 2>&1 &
  pids[redis]=$!
  eventually "Redis answers" bash -c "exec 3<>/dev/tcp/127.0.0.1/$redis"
} 7>&-
start_redis

# --- The gateways. Each has a folder of its own; all else they share.
master_key=$(secret)$(secret)
gateway() {   # NAME PORT [COMMAND…]
  local name=$1 port=$2
  shift 2
  exec env -i PATH="$PATH" HOME="$folder" DOTNET_ROOT="${DOTNET_ROOT:-}" LOG_LEVEL=warning DATA_DIR="$folder/gateway-$name" GATEWAY_HTTP_PORT="$port" \
    DATABASE_URL="$(both gw_app read-write)" DATABASE_MIGRATION_URL="$(both gw_migrate read-write)" \
    DATABASE_REPORTS_URL="$(both gw_readonly prefer-standby)" REDIS_ADDRESS="127.0.0.1:$redis" GATEWAY_MASTER_KEY="$master_key" \
    TRUSTED_PROXIES=127.0.0.0/8 "$program" "$@"
}
is_ready() { curl -sf -o "$folder/ready" "http://127.0.0.1:${!1}/health/ready"; }
start_gateway() {   # NAME
  (cd "$folder" && gateway "$1" "${!1}") >>"$folder/gateway-$1.log" 2>&1 &
  pids[$1]=$!
} 7>&-
end() {   # SIGNAL NAME
  kill "-$1" "${pids[$2]}"
  wait "${pids[$2]}" 2>/dev/null || true
  unset "pids[$2]"
}
start_gateway a; start_gateway b
eventually "gateway A is ready" is_ready a
eventually "gateway B is ready" is_ready b
sql "$one" "INSERT INTO models (model_name, litellm_provider, input_cost_per_token, output_cost_per_token) VALUES ('demo', 'echo', 0.000001, 0.000002)"
key=$(cd "$folder" && (gateway commands 0 keys issue demo --monthly-budget 1000 --rate-limit 1000000) | tail -n 1)

# --- nginx, by the files that are delivered, with this machine's addresses.
mkdir -p "$folder/nginx"
cp build/deploy/nginx/cleangateway-proxy.conf "$folder/nginx/"
sed -e "s#10\.0\.0\.11:8080#127.0.0.1:$a#; s#10\.0\.0\.12:8080#127.0.0.1:$b#; s#listen 80;#listen 127.0.0.1:$front;#; s#/var/log/nginx#$folder/nginx#" \
  build/deploy/nginx/cleangateway.conf >"$folder/nginx/cleangateway.conf"
cat >"$folder/nginx/nginx.conf" <<CONF
daemon off;
worker_processes 2;
pid $folder/nginx/nginx.pid;
error_log $folder/nginx/error.log;
events { worker_connections 4096; }
http {
    client_body_temp_path $folder/nginx/body; proxy_temp_path $folder/nginx/proxy;
    fastcgi_temp_path $folder/nginx/fastcgi; uwsgi_temp_path $folder/nginx/uwsgi; scgi_temp_path $folder/nginx/scgi;
    include cleangateway.conf;
}
CONF
nginx -q -t -c "$folder/nginx/nginx.conf" || fail "nginx does not take its configuration."
nginx -c "$folder/nginx/nginx.conf" 2>>"$folder/nginx/error.log" &
pids[nginx]=$!
eventually "nginx answers" curl -sf -o "$folder/ready" "http://127.0.0.1:$front/health"

has_old_workers() { ps --ppid "${pids[nginx]}" -o args= | grep -q "shutting down"; }
has_no_old_workers() { ! has_old_workers; }
reload() { kill -HUP "${pids[nginx]}"; sleep 0.3; eventually "nginx has ended what began before" has_no_old_workers; }
drain() { sed -i "/server 127.0.0.1:${!1} /s/;/ down;/" "$folder/nginx/cleangateway.conf"; reload; }
undrain() { sed -i "/server 127.0.0.1:${!1} /s/ down;/;/" "$folder/nginx/cleangateway.conf"; reload; }

# The first call of a process is slow, and the two have to agree on where budgets are counted: neither is what is looked at here.
answers() {
  curl -sf --max-time 30 -o "$folder/ready" "http://127.0.0.1:${!1}/v1/chat/completions" -H "Authorization: Bearer $key" \
    -H "Content-Type: application/json" -d '{"model":"demo","messages":[{"role":"user","content":"Hello"}]}'
}
eventually "gateway A answers" answers a
eventually "gateway B answers" answers b

# --- Callers, who go on from here to the end.
mkfifo "$folder/phases"
"$callers" callers "http://127.0.0.1:$front" "$key" "$rate" --model demo --database "$(both gw_migrate read-write)" \
  <"$folder/phases" >"$folder/callers.txt" 2>"$folder/callers.log" &
pids[callers]=$!
exec 7>"$folder/phases"
phase() {
  echo "  ${1#!}"
  kill -0 "${pids[callers]}" 2>/dev/null || { tail -n 5 "$folder/callers.log" >&2; fail "The callers have ended."; }
  echo "$1" >&7
}
hold() { sleep "$seconds"; }

echo "Phases:"
phase 'all is well'; hold

phase 'gateway A is killed'; end KILL a; hold
phase 'A is back'; start_gateway a; eventually "gateway A is ready" is_ready a; hold

phase '!rolling restart of both'
for one_of_both in a b; do
  drain "$one_of_both"
  end TERM "$one_of_both"
  start_gateway "$one_of_both"
  eventually "the gateway is ready" is_ready "$one_of_both"
  undrain "$one_of_both"
done

if [ -z "$short" ]; then
  phase '!nginx is reloaded'; reload; hold
  phase 'a gateway is stopped without being drained'; end TERM a; hold
  phase 'A is back again'; start_gateway a; eventually "gateway A is ready" is_ready a; hold
  phase 'Redis is killed'; end KILL redis; hold
  phase 'Redis is back, empty'; start_redis; hold
  phase 'PostgreSQL is restarted'; postgres pg_ctl restart -D "$folder/one" -m fast -s -w >/dev/null; hold
  phase 'the replica is away'; postgres pg_ctl stop -D "$folder/two" -m fast -s -w; hold
  start_postgres two "$two"
  phase '!all is well again'; hold
fi

# In step: what the primary has, the standby has.
in_step() { [ "$(sql "$one" "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn() - 65536::numeric")" = 1 ]; }
eventually "the standby is in step" in_step
if [ -n "$crash" ]; then
  sql "$one" "ALTER SYSTEM SET synchronous_standby_names = '*'"
  sql "$one" "SELECT pg_reload_conf()" >/dev/null
  sleep 1
  phase 'the primary is killed'; kill -KILL "$(head -n 1 "$folder/one/postmaster.pid")"
  hold
else
  phase 'the primary is stopped'; postgres pg_ctl stop -D "$folder/one" -m fast -s -w
  hold
fi
phase 'the replica is promoted'; postgres pg_ctl promote -D "$folder/two" -s -w; hold
phase 'after the failover'; hold

if [ -z "$short" ]; then
  phase 'a new replica where the old primary was'
  rm -rf "$folder/one"; install -d -m 700 ${account:+-o "$account"} "$folder/one"
  make_replica one "$two"
  start_postgres one "$one"
  hold
fi

exec 7>&-
result=0
wait "${pids[callers]}" || result=$?
unset "pids[callers]"
echo
cat "$folder/callers.txt"
[ -s "$folder/callers.txt" ] || { tail -n 5 "$folder/callers.log" >&2; fail "The callers ended early."; }
echo "usage, read from the replica where there is one:"
(cd "$folder" && (gateway commands 0 usage --group-by key --csv)) || result=1
exit "$result"
