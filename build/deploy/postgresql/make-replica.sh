#!/usr/bin/env bash
# Makes a standby that follows a primary through a slot of its own. Run as the user PostgreSQL runs as, on the standby's machine:
#   PGPASSWORD=… make-replica.sh postgres://gw_replication@PRIMARY:5432/?sslmode=verify-full DATA_FOLDER SLOT
# DATA_FOLDER has to be empty or absent. The password stays in DATA_FOLDER/postgresql.auto.conf, which only that user reads.
# A slot of the same name is used again. Start PostgreSQL on the folder afterwards.
set -euo pipefail

fail() { echo "$*" >&2; exit 1; }
[ $# = 3 ] || fail "usage: make-replica.sh URL_OF_PRIMARY DATA_FOLDER SLOT"
primary=$1 folder=$2 slot=$3
[[ $slot =~ ^[a-z0-9_]{1,63}$ ]] || fail "The slot's name '$slot' has other characters than a-z, 0-9 and _, or more than 63."
[ "$(id -u)" != 0 ] || fail "PostgreSQL does not run as root: run this as the user it runs as (Debian: sudo -u postgres …)."
[ ! -e "$folder" ] || [ -z "$(ls -A "$folder")" ] || fail "$folder is not empty."
command -v pg_basebackup >/dev/null || fail "pg_basebackup was not found: put the folder of PostgreSQL's programs on the PATH."

# -R writes standby.signal and how to connect; -X stream brings what is written meanwhile; -c fast does not wait for a checkpoint.
copy() { LC_ALL=C pg_basebackup --dbname="$primary" --pgdata="$folder" --slot="$slot" -R -X stream -c fast --no-password "$@"; }

# The slot of a standby that is made anew is there already: nothing has been written when that is found out.
said=$(copy --create-slot 2>&1) && exit
[[ $said == *"replication slot \"$slot\" already exists"* ]] || fail "$said"
copy
