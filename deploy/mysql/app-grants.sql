-- The least that the service needs once a user with all rights has run `npm run migrate`; start it with
-- MIGRATE_ON_START=false. Run as an administrator with the database selected; the user exists already.
-- The ledger and the kept answers can be added to, not changed.
GRANT SELECT ON * TO 'allotment_app'@'%';
GRANT INSERT ON inventory_movements TO 'allotment_app'@'%';
GRANT INSERT ON idempotency_keys TO 'allotment_app'@'%';
GRANT INSERT ON order_lines TO 'allotment_app'@'%';
GRANT INSERT, UPDATE ON orders TO 'allotment_app'@'%';
GRANT INSERT, UPDATE ON channel_reservations TO 'allotment_app'@'%';
GRANT UPDATE ON product_inventory TO 'allotment_app'@'%';
GRANT UPDATE ON id_blocks TO 'allotment_app'@'%';
GRANT INSERT, UPDATE ON scheduled_releases TO 'allotment_app'@'%';
GRANT INSERT ON desk_log TO 'allotment_app'@'%';
