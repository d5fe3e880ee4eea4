-- Demo data: loaded once, into an empty database, never into one that DATABASE_URL names unless DEMO_DATA=true.
-- The keys are public (README.md); products 106-108 are the card's. One transaction: all of it or nothing.
START TRANSACTION;

SET @now = NOW(6);

INSERT INTO products (id, name, currency, time_zone, cutoff_hours, weekday_price, weekend_price) VALUES
    (106, 'Harbour cruise package',        'CNY', 'Asia/Shanghai', 24, 288.00, 318.00),
    (107, 'Island day cruise package',     'CNY', 'Asia/Shanghai', 24, 388.00, 428.00),
    (108, 'Sunset dinner cruise package',  'CNY', 'Asia/Shanghai', 48, 588.00, 648.00);

INSERT INTO customer_discounts (product_id, customer_type, amount) VALUES
    (106, 'child', 100.00), (106, 'elderly', 50.00), (106, 'student', 50.00),
    (107, 'child', 150.00), (107, 'family', 100.00), (107, 'elderly', 75.00),
    (108, 'vip', 200.00), (108, 'elderly', 100.00);

-- The card's example, then the coming new year's eves and national days, whenever this is loaded.
INSERT INTO special_dates (visit_date, multiplier) VALUES ('2025-12-31', 1.5);
INSERT IGNORE INTO special_dates (visit_date, multiplier)
SELECT day, multiplier FROM (
    SELECT MAKEDATE(YEAR(@now) + n, 1) + INTERVAL 1 YEAR - INTERVAL 1 DAY AS day, 1.5 AS multiplier
        FROM (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2) years
    UNION ALL
    SELECT MAKEDATE(YEAR(@now) + n, 1) + INTERVAL 9 MONTH, 1.3
        FROM (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2) years
) coming WHERE day >= DATE(@now);

INSERT INTO partners (id, name, channel_id) VALUES
    ('partner-a', 'Demo OTA A', 'ota'),
    ('partner-b', 'Demo OTA B', 'ota'),
    ('own-shop',  'The operator''s own shop', 'direct');

INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES
    ('partner-a', UNHEX(SHA2('ota_test_key_12345', 256)),       'Demo key of partner A',
        '["inventory:read", "reservations:read", "reservations:write"]'),
    ('partner-b', UNHEX(SHA2('ota251103_key_67890', 256)),      'Demo key of partner B',
        '["inventory:read", "reservations:read", "reservations:write"]'),
    ('partner-a', UNHEX(SHA2('ota_readonly_key_12345', 256)),   'Demo key of partner A that only reads',
        '["inventory:read"]'),
    ('own-shop',  UNHEX(SHA2('direct_test_key_12345', 256)),    'Demo key of the operator''s own shop',
        '["inventory:read", "reservations:read", "reservations:write"]');

INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES
    (106, 5000, '{"direct": {"allocated": 3000, "reserved": 0, "sold": 0}, "ota": {"allocated": 2000, "reserved": 0, "sold": 0}}'),
    (107, 4000, '{"direct": {"allocated": 2500, "reserved": 0, "sold": 0}, "ota": {"allocated": 1500, "reserved": 0, "sold": 0}}'),
    (108, 4000, '{"direct": {"allocated": 2500, "reserved": 0, "sold": 0}, "ota": {"allocated": 1500, "reserved": 0, "sold": 0}}');

-- Earlier sales: 200, 300 and 200 units in requests of 100, half by each partner or the odd one by partner A,
-- each held an hour before it was activated.
CREATE TEMPORARY TABLE demo_sales (
    n INT PRIMARY KEY, product_id INT NOT NULL, partner_id VARCHAR(40) NOT NULL, quantity INT NOT NULL,
    days_ago INT NOT NULL, nth INT NOT NULL
);
INSERT INTO demo_sales VALUES
    (1, 106, 'partner-a', 100, 21, 1), (2, 106, 'partner-b', 100, 14, 2),
    (3, 107, 'partner-a', 100, 20, 1), (4, 107, 'partner-b', 100, 13, 2), (5, 107, 'partner-a', 100, 6, 3),
    (6, 108, 'partner-a', 100, 19, 1), (7, 108, 'partner-b', 100, 12, 2);

INSERT INTO orders (id, product_id, partner_id, quantity, currency, total_amount, created_at)
SELECT s.n, s.product_id, s.partner_id, s.quantity, p.currency, s.quantity * p.weekday_price, @now - INTERVAL s.days_ago DAY
FROM demo_sales s JOIN products p ON p.id = s.product_id;

INSERT INTO order_lines (order_id, customer_type, quantity, unit_price, amount)
SELECT s.n, 'adult', s.quantity, p.weekday_price, s.quantity * p.weekday_price
FROM demo_sales s JOIN products p ON p.id = s.product_id;

INSERT INTO channel_reservations
    (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
     expires_at, created_at, activated_at, order_id, pricing_snapshot)
SELECT CONCAT('res_demo_', s.n), s.product_id, 'ota', s.partner_id, s.quantity, s.quantity, 'activated',
       @now - INTERVAL s.days_ago DAY + INTERVAL 23 HOUR,
       @now - INTERVAL s.days_ago DAY - INTERVAL 1 HOUR,
       @now - INTERVAL s.days_ago DAY,
       s.n,
       JSON_OBJECT(
           'currency', p.currency, 'timeZone', p.time_zone, 'cutoffHours', p.cutoff_hours,
           'weekdayMinor', CAST(p.weekday_price * 100 AS UNSIGNED), 'weekendMinor', CAST(p.weekend_price * 100 AS UNSIGNED),
           'discountsMinor', (SELECT JSON_OBJECTAGG(d.customer_type, CAST(d.amount * 100 AS UNSIGNED))
                              FROM customer_discounts d WHERE d.product_id = p.id),
           'specialDatesMilli', JSON_OBJECT())
FROM demo_sales s JOIN products p ON p.id = s.product_id;

-- The ledger of all that: what each channel began with, then every hold and its activation.
INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at)
SELECT product_id, 1, 'direct', 'opened', channel_allocations->'$.direct.allocated', channel_allocations->'$.direct.allocated',
       0, 0, @now - INTERVAL 30 DAY
FROM product_inventory
UNION ALL
SELECT product_id, 2, 'ota', 'opened', channel_allocations->'$.ota.allocated', channel_allocations->'$.ota.allocated',
       0, 0, @now - INTERVAL 30 DAY
FROM product_inventory;

INSERT INTO inventory_movements
    (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated, reserved, sold, occurred_at)
SELECT s.product_id, 2 * s.nth + step.n, 'ota', step.kind, s.quantity, CONCAT('res_demo_', s.n), s.partner_id,
       i.channel_allocations->'$.ota.allocated',
       IF(step.kind = 'reserved', s.quantity, 0),
       s.quantity * (s.nth - IF(step.kind = 'reserved', 1, 0)),
       @now - INTERVAL s.days_ago DAY - INTERVAL IF(step.kind = 'reserved', 1, 0) HOUR
FROM demo_sales s
JOIN product_inventory i ON i.product_id = s.product_id
JOIN (SELECT 1 AS n, 'reserved' AS kind UNION ALL SELECT 2, 'activated') step;

UPDATE product_inventory i
SET i.channel_allocations = JSON_SET(i.channel_allocations, '$.ota.sold',
        (SELECT CAST(SUM(s.quantity) AS UNSIGNED) FROM demo_sales s WHERE s.product_id = i.product_id)),
    i.movement_seq = (SELECT MAX(m.seq) FROM inventory_movements m WHERE m.product_id = i.product_id);

DROP TEMPORARY TABLE demo_sales;
COMMIT;
