#!/bin/sh
# PostgreSQL's archive_command: archive-wal.sh '%p' 'FOLDER/%f'
# Never overwrites a file, and says done only when the disk has it: a file is written under another name, brought to
# disk, and takes its own name whole. One that is there already with the same content is as good as done.
set -eu
[ $# = 2 ] || { echo "archive-wal.sh %p FOLDER/%f" >&2; exit 1; }

unfinished=$2.unfinished.$$
trap 'rm -f "$unfinished"' EXIT
cp "$1" "$unfinished"
sync "$unfinished"
if ! ln "$unfinished" "$2" 2>/dev/null; then
  [ -e "$2" ] || { echo "$2 cannot be made" >&2; exit 1; }
  cmp -s "$1" "$2" || { echo "$2 is there already, with other content: is the folder another server's?" >&2; exit 1; }
fi
sync "$(dirname "$2")"
