#!/usr/bin/env bash
# Restores the database from a backup of build/backup.sh into a new folder, brings it to a point in time, and says what
# is in it then.
#   build/restore.sh TARGET FOLDER [--to latest|backup|TIME] [--timeline N] [--backup NAME] [--drill] [--files FOLDER]
#   build/restore.sh TARGET --files FOLDER [--to TIME] [--backup NAME]     the files alone
#     --to      latest (all WAL in TARGET/wal; without it), backup (as the backup was), or a moment: 2027-01-31T10:00:00Z
#     --timeline  whose WAL, where the database was restored before or a replica took over: 1 is the first server's. Without
#               it, that which was current at the moment, with latest the newest one
#     --backup  a folder in TARGET; without it, the newest one that ended before the moment
#     --drill   a rehearsal: TARGET is left as it is, and the folder is not to go on from
#     --files   where the files of DATA_DIR go: a folder that is not there, or empty
# FOLDER must not be there, or be empty. It is the data folder of a server afterwards, stopped cleanly, for pg_ctl or the
# distribution's service to start; for the private PostgreSQL it is DATA_DIR/postgres/cluster. See docs/backup.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. build/lib.sh
. build/postgres.sh

usage="build/restore.sh TARGET FOLDER [--to latest|backup|TIME] [--timeline N] [--backup NAME] [--drill] [--files FOLDER]"
to=latest timeline= name= drill=no files= target= folder=
while [ $# -gt 0 ]; do
  case $1 in
    --to) to=${2:?$usage}; shift 2 ;;
    --timeline) timeline=${2:?$usage}; shift 2 ;;
    --backup) name=${2:?$usage}; shift 2 ;;
    --drill) drill=yes; shift ;;
    --files) files=${2:?$usage}; shift 2 ;;
    -*) fail "$usage" ;;
    *) if [ -z "$target" ]; then target=$1; elif [ -z "$folder" ]; then folder=$1; else fail "$usage"; fi; shift ;;
  esac
done
[ -n "$folder" ] || [ -n "$files" ] || fail "$usage"
[[ $timeline =~ ^([1-9][0-9]*)?$ ]] || fail "--timeline is '$timeline': expected a number, 1 or more"
target=$(cd "$target" 2>/dev/null && pwd) || fail "The folder of backups was not found."
began=$(date +%s%N)

moment=
case $to in
  latest | backup) ;;
  *) moment=$(date -u -d "$to" +%Y-%m-%dT%H:%M:%S.%6NZ 2>/dev/null) || fail "--to is '$to': expected latest, backup or a moment like 2027-01-31T10:00:00Z" ;;
esac

began_at() { date -u -r "$1" +%Y-%m-%dT%H:%M:%S.%6NZ; }

timeline_of() { echo $((16#0$(sed -n 's/^first_wal=\(.\{8\}\).*/\1/p' "$1/info"))); }

history_of() { echo "$target/wal/$(printf %08X "$1").history"; }

# The newest timeline at the moment. Its file of history is made when it begins; that of the first has none.
choose_timeline() {
  local file number chosen=1
  for file in "$target"/wal/????????.history "$target"/*T*Z/info; do
    [ -f "$file" ] || continue
    case $file in
      *.history)
        [ -z "$moment" ] || [[ $(began_at "$file") < $moment ]] || continue
        number=$((16#$(basename "$file" .history))) ;;
      *)
        [ -z "$moment" ] || [[ $(sed -n 's/^ended=//p' "$file") < $moment ]] || continue
        number=$(timeline_of "$(dirname "$file")") ;;
    esac
    [ "$number" -le "$chosen" ] || chosen=$number
  done
  echo "$chosen"
}

# leads_to BACKUP TIMELINE: the backup was made on it, or on one that it came from.
leads_to() {
  local of
  of=$(timeline_of "$1")
  [ "$of" = "$2" ] || grep -q "^$of[[:space:]]" "$(history_of "$2")" 2>/dev/null
}

# A base backup can only be brought to a time after its end.
choose_backup() {
  local info backup chosen=
  for info in "$target"/*T*Z/info; do
    [ -f "$info" ] || continue
    backup=$(dirname "$info")
    [ -z "$moment" ] || [[ $(sed -n 's/^ended=//p' "$info") < $moment ]] || continue
    [ "$to" = backup ] || leads_to "$backup" "$timeline" || continue
    chosen=$(basename "$backup")
  done
  local way=
  [ "$timeline" = 1 ] || way=" on the way to timeline $timeline"
  [ -n "$chosen" ] || fail "$target has no backup of a database${moment:+ that ended before $moment}$way."
  echo "$chosen"
}

# The database may have more than one history: whoever means another than the one that is followed has to know.
tell_of_timelines() {
  local history number
  for history in "$target"/wal/????????.history; do
    [ -f "$history" ] || continue
    number=$((16#$(basename "$history" .history)))
    if [ "$number" = "$timeline" ]; then
      echo "Timeline $number is followed, which began at $(began_at "$history"): what earlier ones got after it branched off is left out (--timeline)" >&2
    elif ! grep -q "^$number[[:space:]]" "$(history_of "$timeline")" 2>/dev/null; then
      echo "Timeline $number is left out, which began at $(began_at "$history"): timeline $timeline is followed (--timeline)" >&2
    fi
  done
}

is_free() { [ ! -e "$1" ] || { [ -d "$1" ] && [ -z "$(ls -A "$1")" ]; }; }

check_files() {
  [ -f "$1/files.sha256" ] || fail "$1 has no files of DATA_DIR."
  (cd "$1" && sha256sum --quiet --check files.sha256) || fail "$1/files is damaged: choose another with --backup."
}

# The files are not brought to any time, and come from the newest backup of them before the moment.
restore_files() {
  mkdir -p "$files"
  cp -a "$1/files/." "$files/"
  rename_staged "$files/archive"
}

choose_files() {
  local sums backup chosen=
  for sums in "$target"/*T*Z/files.sha256; do
    [ -f "$sums" ] || continue
    backup=$(basename "$(dirname "$sums")")
    [ -z "$moment" ] || [[ $backup < $(date -u -d "$moment" +%Y%m%dT%H%M%SZ) ]] || continue
    chosen=$backup
  done
  [ -n "$chosen" ] || fail "$target has no backup of files${moment:+ from before $moment}."
  echo "$chosen"
}

[ -z "$files" ] || is_free "$files" || fail "$files is there and not empty: it is not written over."
if [ -z "$folder" ]; then
  [ -n "$name" ] || name=$(choose_files)
  check_files "$target/$name"
  restore_files "$target/$name"
  echo "restored=$target/$name"
  echo "files=$files"
  exit
fi

tell=no
[ -n "$timeline" ] || { timeline=$(choose_timeline) tell=yes; }
[ -n "$name" ] || name=$(choose_backup)
backup=$target/$name
[ -f "$backup/info" ] || fail "$backup is no backup of a database."
is_free "$folder" || fail "$folder is there and not empty: it is not written over."
[ -z "$files" ] || [ -f "$backup/files.sha256" ] || fail "$backup has no files of DATA_DIR."
if [ "$to" != backup ]; then
  [ -n "$(ls -A "$target/wal" 2>/dev/null)" ] || fail "$target/wal has no WAL: only --to backup is possible."
  leads_to "$backup" "$timeline" \
    || fail "$backup is of timeline $(timeline_of "$backup"), which does not lead to timeline $timeline: choose others with --backup or --timeline."
  [ $tell = no ] || tell_of_timelines
fi

info() { sed -n "s/^$1=//p" "$backup/info"; }
postgres_folder=$(postgres_bin "$(info version)")
"$postgres_folder/pg_verifybackup" --quiet "$backup/cluster" || fail "$backup/cluster is damaged: choose another with --backup."
[ ! -f "$backup/files.sha256" ] || check_files "$backup"

account=$(postgres_account)
make_for_postgres "$folder"
folder=$(cd "$folder" && pwd)
as_postgres test -x "$folder" || fail "The user ${account:-$(id -un)}, as whom PostgreSQL runs, cannot reach $folder: choose another folder."
cp -a "$backup/cluster/." "$folder/"
[ -z "$account" ] || chown -R "$account:$(id -g "$account")" "$folder"
chmod 0700 "$folder"

# The server that recovers is nobody else's: by a socket in a folder of its own, whatever the configuration says that
# comes with the cluster or, as Debian has it, does not. It keeps no WAL and waits for no replica.
work=$(mktemp -d "${TMPDIR:-/tmp}/restore.XXXXXX")
[ -z "$account" ] || chown "$account" "$work"
stop() {
  [ ! -f "$folder/postmaster.pid" ] || as_postgres "$postgres_folder/pg_ctl" stop -s -D "$folder" -m fast -w -t 600 || true
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

if [ "$to" != backup ]; then
  as_postgres touch "$folder/recovery.signal"
  if [ "$account" ] && ! as_postgres test -r "$target/wal"; then fail "The user $account, as whom PostgreSQL runs, cannot read $target/wal."; fi
fi
cat >"$work/postgresql.conf" <<CONFIG
listen_addresses = ''
unix_socket_directories = '$work'
hba_file = '$work/pg_hba.conf'
ident_file = '$work/pg_ident.conf'
hot_standby = off
restore_command = 'cp "$target/wal/%f" "%p"'
recovery_target_timeline = '$([ "$(timeline_of "$backup")" = "$timeline" ] && echo current || echo "$timeline")'
recovery_target_action = 'promote'
${moment:+recovery_target_time = '${moment%Z}+00'}
CONFIG
echo 'local all all trust' >"$work/pg_hba.conf"
: >"$work/pg_ident.conf"
[ -z "$account" ] || chown "$account" "$work"/*

options="-c config_file=$work/postgresql.conf -c listen_addresses= -c unix_socket_directories=$work -c port=5432 -c ssl=off"
options="$options -c archive_mode=off -c logging_collector=off -c synchronous_standby_names= -c primary_conninfo= -c shared_preload_libraries="
as_postgres "$postgres_folder/pg_ctl" start -s -D "$folder" -l "$work/log" -w -t 86400 -o "$options" >/dev/null 2>&1 \
  || fail "The server did not come up: $(grep -E 'FATAL|PANIC' "$work/log" | sed 's/.*\(FATAL\|PANIC\):  *//' | head -n 1)"

database_url="host=$work port=5432 user=$(info user) dbname=$(info database)"
export -n PGPASSWORD
until [ "$(ask 'SELECT pg_is_in_recovery()' 2>/dev/null)" = f ]; do sleep 0.1; done
[ ! -f "$folder/recovery.signal" ] || fail "The server is still recovering."
reached=$(sed -n 's/.*last completed transaction was at log time //p' "$work/log" | tail -n 1)

echo "restored=$backup"
echo "to=${moment:-$to}"
echo "last_transaction=${reached:-none after the backup}"
echo "timeline=$(ask "SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")"
ask "$books_sql"

# Whoever starts a rehearsal's folder to look into it must not archive its WAL beside the real server's.
[ $drill = no ] || printf '%s\n' "archive_mode = 'off'" "archive_command = ''" >>"$folder/postgresql.auto.conf"

# Others that are restored later have to know of this timeline.
if [ $drill = no ] && [ "$to" != backup ]; then
  for history in "$folder"/pg_wal/*.history; do
    [ ! -e "$history" ] || [ -e "$target/wal/${history##*/}" ] || as_postgres sh build/deploy/archive-wal.sh "$history" "$target/wal/${history##*/}" 2>/dev/null \
      || as_postgres sh "$target/archive-wal.sh" "$history" "$target/wal/${history##*/}"
  done
fi
as_postgres "$postgres_folder/pg_ctl" stop -s -D "$folder" -m fast -w -t 600
if [ -n "$files" ]; then
  restore_files "$backup"
  echo "files=$files"
fi
echo "seconds=$(( ($(date +%s%N) - began) / 1000000000 )).$(printf '%03d' $(( ($(date +%s%N) - began) / 1000000 % 1000 )))"
