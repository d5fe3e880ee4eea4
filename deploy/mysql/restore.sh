#!/usr/bin/env bash
# A database as it was at a moment: the backup, then the binary logs up to a place.
#   restore.sh OPTION_FILE DATABASE BACKUP.sql.gz FOLDER_OF_COPIES LOG:POSITION
# Into a server that has no database of that name. LOG:POSITION is the first transaction that is not wanted, as
# find-in-binlogs.sh prints it. The users are no part of a backup: make them first.
set -euo pipefail
options=$1 database=$2 backup=$3 folder=$4 stop_log=${5%:*} stop_position=${5##*:}

# "-- CHANGE REPLICATION SOURCE TO SOURCE_LOG_FILE='binlog.000002', SOURCE_LOG_POS=4711;"
place=$(grep -m 1 '^-- CHANGE .*SOURCE_LOG_FILE' < <(gzip -dc "$backup"))
[[ $place =~ LOG_FILE=\'([^\']+)\',\ SOURCE_LOG_POS=([0-9]+) ]]
start_log=${BASH_REMATCH[1]} start_position=${BASH_REMATCH[2]}

logs=()
for log in "$folder"/*.[0-9]*; do
  name=${log##*/}
  if [[ ! $name < $start_log && ! $name > $stop_log ]]; then logs+=("$log"); fi
done
if [ "${logs[0]##*/}" != "$start_log" ] || [ "${logs[-1]##*/}" != "$stop_log" ]; then
  echo "restore.sh: $folder does not have all logs from $start_log to $stop_log" >&2
  exit 1
fi

mysql --defaults-file="$options" --execute "CREATE DATABASE \`$database\` CHARACTER SET utf8mb4"
gzip -dc "$backup" | mysql --defaults-file="$options" --binary-mode "$database"
mysqlbinlog --no-defaults --skip-gtids --database="$database" --start-position="$start_position" \
  --stop-position="$stop_position" "${logs[@]}" | mysql --defaults-file="$options" --binary-mode
