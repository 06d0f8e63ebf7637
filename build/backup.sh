#!/usr/bin/env bash
# Backs up a gateway: its database (a base backup that is checked) and the files of DATA_DIR, while both are running.
#   build/backup.sh prepare TARGET              once: the database server keeps its WAL in TARGET/wal from its next restart on
#   build/backup.sh TARGET [--keys FOLDER]      a backup now, in TARGET/<moment>; the master key, if a file has it, to FOLDER
#                   [--keep N]                  of the backups of this kind (of a database; of files alone) keep the N newest,
#                                               and the WAL that they need
#                   [--only database|files]     where the two are on different machines
# The database is BACKUP_DATABASE_URL (a role that may replicate), else DATABASE_URL, else the private PostgreSQL of a
# running gateway. DATA_DIR is ./data where it is not set. Restored by build/restore.sh; see docs/backup.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh
. build/postgres.sh

usage="build/backup.sh prepare TARGET, or build/backup.sh TARGET [--keys FOLDER] [--keep N] [--only database|files]"
prepare=no keys= keep= only= target=
while [ $# -gt 0 ]; do
  case $1 in
    prepare) prepare=yes; shift ;;
    --keys) keys=${2:?$usage}; shift 2 ;;
    --keep) keep=${2:?$usage}; shift 2 ;;
    --only) only=${2:?$usage}; shift 2 ;;
    -*) fail "$usage" ;;
    *) [ -z "$target" ] || fail "$usage"; target=$1; shift ;;
  esac
done
[ -n "$target" ] || fail "$usage"
case $only in '' | database | files) ;; *) fail "--only is '$only': expected database or files" ;; esac
[[ $keep =~ ^([1-9][0-9]*)?$ ]] || fail "--keep is '$keep': expected the number of backups to keep, 1 or more"
umask 077
mkdir -p "$target"
target=$(cd "$target" && pwd)

data=$(setting DATA_DIR)
data=${data:-data}

connect() {
  local url
  url=$(setting BACKUP_DATABASE_URL)
  [ -n "$url" ] || url=$(setting DATABASE_URL)
  [ -n "$url" ] || url=$(DATA_DIR=$data "${CLEANGATEWAY_PROGRAM:-build/cleangateway}" db url)
  postgres_folder=$(postgres_bin)
  use_url "$url"
  server_version=$(ask 'SHOW server_version_num') || fail "The database cannot be reached."
  postgres_folder=$(postgres_bin $((server_version / 10000)))
}

# What archives already is somebody's backup. While archive_mode is off, only the files of settings tell of it.
check_archiving() {
  local other
  other=$(ask "SELECT coalesce(
    (SELECT nullif(setting, '') FROM pg_settings WHERE name = 'archive_library'),
    nullif(nullif(current_setting('archive_command'), ''), '(disabled)'),
    (SELECT nullif((array_agg(setting ORDER BY seqno DESC))[1], '') FROM pg_file_settings WHERE name = 'archive_command'), '')") \
    || fail "The settings of the server cannot be read: prepare takes a superuser."
  case $other in
    '' | "$archive_command") ;;
    *) fail "The server archives its WAL already, by: $other. Nothing was changed; ALTER SYSTEM SET archive_command = '' ends that, if it is to end." ;;
  esac
}

# The server's user has to get at the folder, and other users have not.
prepare_target() {
  connect
  local account archive_command="\"$target/archive-wal.sh\" \"%p\" \"$target/wal/%f\""
  account=$(postgres_account)
  check_archiving
  chmod 0711 "$target"
  install -d -m 0700 ${account:+-o "$account"} "$target/wal"
  install -m 0755 build/deploy/archive-wal.sh "$target/archive-wal.sh"
  as_postgres test -w "$target/wal" || fail "The user ${account:-$(id -un)}, as whom PostgreSQL runs, cannot write to $target/wal: choose a folder that it can reach."
  ask "ALTER SYSTEM SET archive_mode = on" >/dev/null
  ask "ALTER SYSTEM SET archive_command = '$archive_command'" >/dev/null
  ask "ALTER SYSTEM SET archive_timeout = '60s'" >/dev/null
  ask "SELECT pg_reload_conf()" >/dev/null
  if [ "$(ask 'SHOW archive_mode')" = on ]
  then echo "The server archives its WAL to $target/wal"
  else echo "The server archives its WAL to $target/wal after its next restart (that of the private PostgreSQL: the gateway's)"
  fi
}

# Records are in the journal until they are in the database. Copied before the database is, nothing is in neither.
copy_files() {
  [ -d "$data" ] || fail "DATA_DIR $data was not found."
  local file to=$1/files
  mkdir -p "$to"
  for file in admin.token demo.key postgres.password postgres.home; do
    [ ! -f "$data/$file" ] || cp -p "$data/$file" "$to/"
  done
  copy_live journal "$to"
  copy_live archive "$to"
  rename_staged "$to/archive"
  (cd "$1" && find files -type f -print0 | sort -z | xargs -0 -r sha256sum) >"$1/files.sha256"
  if [ -f "$data/master.key" ]; then
    if [ -n "$keys" ]; then
      mkdir -p "$keys"
      cp -p "$data/master.key" "$keys/$name.master.key"
      echo "master key: $keys/$name.master.key"
    else
      echo "The master key $data/master.key is in no backup: it belongs where the backup is not (--keys FOLDER)" >&2
    fi
  fi
}

# Files only grow, and go when what is in them is elsewhere: one that went meanwhile is not missed.
copy_live() {
  local file
  [ -d "$data/$1" ] || return 0
  while IFS= read -r -d '' file; do
    mkdir -p "$2/$1/$(dirname "$file")"
    cp -p "$data/$1/$file" "$2/$1/$file" 2>/dev/null || [ ! -e "$data/$1/$file" ] || fail "$data/$1/$file cannot be copied."
  done < <(cd "$data/$1" && find . -type f ! -name '*.gz' -print0)   # compressed: while it is sent, beside the file itself
}

copy_database() {
  connect
  echo "begun=$(ask "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")" >"$1/info"
  "$postgres_folder/pg_basebackup" -d "$database_url" -D "$1/cluster" --checkpoint=fast --wal-method=stream \
    --manifest-checksums=SHA256 --no-password || fail "The base backup failed: the role has to be allowed to replicate (ALTER ROLE … REPLICATION, pg_hba.conf)."
  "$postgres_folder/pg_verifybackup" --quiet "$1/cluster" || fail "The base backup is not what the server sent."
  cat >>"$1/info" <<INFO
ended=$(ask "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
version=$((server_version / 10000))
database=$(ask 'SELECT current_database()')
user=$(ask 'SELECT current_user')
first_wal=$(sed -n 's/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p' "$1/cluster/backup_label")
INFO
}

# list database|files: the finished backups, oldest first, of a database (with files or without), or of files alone.
list() {
  local backup
  for backup in "$target"/[0-9]*T[0-9]*Z; do
    [ -d "$backup" ] || continue
    if [ -f "$backup/info" ]; then [ "$1" = files ] || echo "$backup"
    else [ "$1" != files ] || echo "$backup"
    fi
  done
}

# Of the kind that was just made. WAL from before the oldest backup of a database that is kept is of no use.
forget_old() {
  local kind=database old oldest
  [ "$only" != files ] || kind=files
  while read -r old; do
    rm -rf "$old"
    echo "removed $old"
  done < <(list $kind | head -n -"$keep")
  [ $kind = database ] && [ -d "$target/wal" ] || return 0
  oldest=$(list database | sed -n 1p)
  "$postgres_folder/pg_archivecleanup" "$target/wal" "$(sed -n 's/^first_wal=//p' "$oldest/info")"
}

if [ $prepare = yes ]; then
  prepare_target
  exit
fi

# Two in one second have two names.
begin() {
  local second
  for ((second = $(date +%s); ; second++)); do
    name=$(date -u -d "@$second" +%Y%m%dT%H%M%SZ)
    if mkdir "$target/$name.unfinished" 2>/dev/null; then
      [ -e "$target/$name" ] || return 0
      rmdir "$target/$name.unfinished"
    else
      [ -d "$target/$name.unfinished" ] || [ -d "$target/$name" ] || fail "$target/$name.unfinished cannot be made."
    fi
  done
}

begin
trap 'rm -rf "$target/$name.unfinished"' EXIT
[ "$only" = database ] || copy_files "$target/$name.unfinished"
[ "$only" = files ] || copy_database "$target/$name.unfinished"
sync "$target/$name.unfinished"
mv "$target/$name.unfinished" "$target/$name"
trap - EXIT
echo "$target/$name"
[ -z "$keep" ] || forget_old
