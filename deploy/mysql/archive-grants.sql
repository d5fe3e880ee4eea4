-- The least that `npm run archive` needs: a user of its own, so that the service's can delete nothing. Run as an
-- administrator with the database selected; the user exists already.
GRANT SELECT, DELETE ON idempotency_keys TO 'allotment_archive'@'%';
GRANT SELECT, DELETE ON channel_reservations TO 'allotment_archive'@'%';
GRANT SELECT, DELETE ON inventory_movements TO 'allotment_archive'@'%';
GRANT SELECT (hold_max_seconds) ON partners TO 'allotment_archive'@'%';
