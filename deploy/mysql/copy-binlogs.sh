#!/usr/bin/env bash
# Copies the server's binary logs, from where an earlier copy ended.
#   copy-binlogs.sh OPTION_FILE FOLDER [--stop-never]
# With --stop-never it goes on as the log grows: run it so under a supervisor, on another machine than MySQL's.
set -euo pipefail
umask 077
options=$1 folder=$2
shift 2
# The newest copy may be short of its end: it is fetched again.
first=$(find "$folder" -maxdepth 1 -name '*.[0-9]*' -printf '%f\n' | sort | tail -n 1)
if [ -z "$first" ]; then
  first=$(mysql --defaults-file="$options" --skip-column-names --batch --execute 'SHOW BINARY LOGS' | cut -f 1 | sed -n 1p)
fi
exec mysqlbinlog --defaults-file="$options" --read-from-remote-server --raw --to-last-log "$@" --result-file="$folder/" "$first"
