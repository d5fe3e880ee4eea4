-- The least that the service needs once a user with all rights has run `npm run migrate`; start it with
-- MIGRATE_ON_START=false. Run as an administrator with the database selected; the user exists already.
-- The ledger, the desk's log and the kept answers can be added to, not changed.
GRANT SELECT ON * TO 'allotment_app'@'%';
GRANT INSERT ON inventory_movements TO 'allotment_app'@'%';
GRANT INSERT ON idempotency_keys TO 'allotment_app'@'%';
GRANT INSERT ON order_lines TO 'allotment_app'@'%';
GRANT INSERT, UPDATE ON orders TO 'allotment_app'@'%';
GRANT INSERT, UPDATE ON channel_reservations TO 'allotment_app'@'%';
GRANT UPDATE ON product_inventory TO 'allotment_app'@'%';
GRANT UPDATE ON id_blocks TO 'allotment_app'@'%';
-- The operator's desk (/api/admin): what may be changed of a thing is what the desk changes.
GRANT INSERT ON desk_log TO 'allotment_app'@'%';
GRANT INSERT, UPDATE (name) ON channels TO 'allotment_app'@'%';
GRANT INSERT, UPDATE (name, status, quantity_max, hold_max_seconds, held_per_product_max, held_max, product_quota, extensions_max, requests_per_minute_max) ON partners TO 'allotment_app'@'%';
GRANT INSERT, UPDATE (expires_at, revoked_at) ON api_keys TO 'allotment_app'@'%';
GRANT INSERT, UPDATE (name, status, cutoff_hours, weekday_price, weekend_price) ON products TO 'allotment_app'@'%';
GRANT INSERT, UPDATE, DELETE ON customer_discounts TO 'allotment_app'@'%';
GRANT INSERT, UPDATE, DELETE ON special_dates TO 'allotment_app'@'%';
GRANT INSERT ON product_inventory TO 'allotment_app'@'%';
