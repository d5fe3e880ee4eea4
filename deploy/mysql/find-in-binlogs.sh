#!/usr/bin/env bash
# Transactions whose statement or changed rows match a pattern: where each begins, when it was, the first match.
#   find-in-binlogs.sh FOLDER_OF_COPIES PATTERN
# e.g. 'DROP TABLE' or '### DELETE FROM `allotment`.`channel_reservations`'
set -euo pipefail
export TZ=UTC
for log in "$1"/*.[0-9]*; do
  mysqlbinlog --no-defaults --verbose --base64-output=decode-rows "$log" |
    PATTERN=$2 awk -v log_name="${log##*/}" '
      /^# at [0-9]+$/ { at = $3 }
      /^#[0-9]+ .*GTID/ { begins = at; time = $1 " " $2; found = 0 }
      !found && /^[^#]|^###/ && index($0, ENVIRON["PATTERN"]) { found = 1; print log_name ":" begins, time, $0 }'
done
