#!/usr/bin/env bash
# What the scripts of backup and recovery share. Sourced after build/lib.sh, never run.

# postgres_bin [VERSION]: the folder with the programs of this major version; without one, of the newest there is.
postgres_bin() {
  local folder version best= newest=0
  for folder in "${POSTGRES_BIN:-}" /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin "$(dirname "$(readlink -f "$(command -v initdb || true)")")"; do
    [ -x "$folder/postgres" ] && [ -x "$folder/pg_basebackup" ] || continue
    version=$("$folder/postgres" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
    if [ -n "${1:-}" ]; then
      [ "$version" != "$1" ] || { echo "$folder"; return; }
    elif [ "$version" -gt "$newest" ]; then
      newest=$version best=$folder
    fi
  done
  [ -n "$best" ] || fail "The programs of PostgreSQL ${1:-} were not found: install them (Debian, Ubuntu: sudo apt-get install postgresql${1:+-$1}), or set POSTGRES_BIN to their folder."
  echo "$best"
}

# The user servers run as: PostgreSQL refuses to run as root. Empty: this one.
postgres_account() {
  [ "$(id -u)" = 0 ] || return 0
  local name
  for name in postgres nobody; do
    if id -u "$name" >/dev/null 2>&1; then echo "$name"; return; fi
  done
  fail "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as."
}

# as_postgres COMMAND…: as the user servers run as, from a folder that it may be in.
as_postgres() {
  local account
  account=$(postgres_account)
  if [ -z "$account" ]; then (cd / && "$@")
  else (cd / && setpriv --reuid="$account" --regid="$(id -g "$account")" --clear-groups -- "$@")
  fi
}

# make_for_postgres FOLDER…: makes folders that are the server's user's alone.
make_for_postgres() {
  local account
  account=$(postgres_account)
  install -d -m 0700 ${account:+-o "$account"} "$@"
}

# use_url URL: exports what libpq needs. The password goes by the environment: arguments are there for every user to see.
use_url() {
  local user_info
  [[ $1 =~ ^postgres(ql)?://([^@/]*)@(.*)$ ]] || fail "The URL of the database is not postgres://user:password@host:port/name."
  user_info=${BASH_REMATCH[2]}
  database_url=postgres://${user_info%%:*}@${BASH_REMATCH[3]}
  if [[ $user_info == *:* ]]; then
    user_info=${user_info#*:}
    printf -v PGPASSWORD '%b' "${user_info//%/\\x}"
    export PGPASSWORD
  fi
}

# ask SQL: one answer of the database in database_url, columns separated by |.
ask() { "$postgres_folder/psql" -X -A -t -q -v ON_ERROR_STOP=1 -d "$database_url" -c "$1"; }

# rename_staged FOLDER: gives copies of the files of DATA_DIR/archive other names. A file that waits for the archive grows
# until its hour is over, and is then sent under its own name: a copy of an earlier state must not be sent over it. It gets
# a part that no other file has, a millisecond older, so that where both have a line the finished file's counts.
rename_staged() {
  local file part
  [ -d "$1" ] || return 0
  while IFS= read -r -d '' file; do
    part=${file##*-}
    part=${part%.jsonl}
    [[ $part =~ ^[0-9a-f]{32}$ ]] || continue
    part=$(printf '%012x7%s' $((16#${part:0:12} - 1)) "$(tr -d - </proc/sys/kernel/random/uuid | cut -c 14-32)")
    mv "$1/$file" "$1/${file%-*}-$part.jsonl"
  done < <(find "$1" -maxdepth 1 -type f -name '*-*.jsonl' -printf '%f\0' | sort -z)
}

# free_port: one that nobody listens on.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# What the rows of a gateway come to, as name=value a line. Sums of money as PostgreSQL has them, exactly.
books_sql="
SELECT 'requests=' || (SELECT count(*) FROM requests)
UNION ALL SELECT 'responses=' || (SELECT count(*) FROM responses)
UNION ALL SELECT 'usage_records=' || (SELECT count(*) FROM usage_records)
UNION ALL SELECT 'usage_cost=' || (SELECT coalesce(sum(total_cost_usd), 0) FROM usage_records)
UNION ALL SELECT 'monthly_requests=' || (SELECT coalesce(sum(total_requests), 0) FROM monthly_usage_summary)
UNION ALL SELECT 'monthly_cost=' || (SELECT coalesce(sum(total_cost_usd), 0) FROM monthly_usage_summary)
UNION ALL SELECT 'orphans=' || (SELECT count(*) FROM responses r WHERE NOT EXISTS (
  SELECT FROM requests q WHERE q.id = r.request_id_fk AND q.created_at = r.request_created_at))
UNION ALL SELECT 'newest=' || coalesce((SELECT to_char(max(created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM requests), 'none')"
