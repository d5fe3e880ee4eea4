-- What deploy/mysql/backup.sh and copy-binlogs.sh need. Run as an administrator with the database selected; the user exists already.
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON * TO 'allotment_backup'@'%';
-- The binary log is the whole server's.
GRANT RELOAD, SHOW_ROUTINE, REPLICATION CLIENT, REPLICATION SLAVE ON *.* TO 'allotment_backup'@'%';
