#!/usr/bin/env bash
# A full backup of one database while it is in use, with its place in the binary log.
#   backup.sh OPTION_FILE DATABASE FOLDER
# Prints the name of the file. OPTION_FILE has a [client] section (host, port, user, password) and mode 600.
set -euo pipefail
umask 077
options=$1 database=$2 folder=$3
file="$folder/$database-$(date -u +%Y-%m-%dT%H%M%SZ).sql.gz"

mysqldump --defaults-file="$options" --single-transaction --source-data=2 --routines --triggers --events --hex-blob \
  --no-tablespaces --set-gtid-purged=OFF "$database" | gzip > "$file.part"
# mysqldump's last line is there only when it came to its end.
gzip -dc "$file.part" | tail -n 1 | grep '^-- Dump completed' > /dev/null
sync "$file.part"
mv --no-clobber "$file.part" "$file"
echo "$file"
