-- Counts the rows against the counters and both against the ledger. Prints nothing when all is well, else a line a fault.
--   mysql --defaults-file=OPTION_FILE allotment < check-counters.sql
-- One statement, so it may run while sales go on; it reads all reservations and movements. Run it as an administrator,
-- who sees all users.
WITH counters AS (
    SELECT i.product_id, names.channel_id,
           CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".allocated')), 0) AS SIGNED) AS allocated,
           CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".reserved')), 0) AS SIGNED) AS reserved,
           CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".sold')), 0) AS SIGNED) AS sold
    FROM product_inventory i
    JOIN JSON_TABLE(JSON_KEYS(i.channel_allocations), '$[*]'
        COLUMNS (channel_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) names
), units AS (
    SELECT product_id, channel_id,
           SUM(IF(status = 'active', quantity, 0)) AS reserved, SUM(IF(status = 'activated', quantity, 0)) AS sold
    FROM channel_reservations WHERE status IN ('active', 'activated') GROUP BY product_id, channel_id
), ends AS (
    SELECT m.product_id, m.channel_id, m.allocated, m.reserved, m.sold
    FROM inventory_movements m
    JOIN (SELECT product_id, channel_id, MAX(seq) AS seq FROM inventory_movements GROUP BY product_id, channel_id) newest
      ON newest.product_id = m.product_id AND newest.seq = m.seq
), steps AS (
    -- Of 7 days: the archive takes nothing younger, so a gap there is a fault.
    SELECT product_id, seq, LAG(seq) OVER (PARTITION BY product_id ORDER BY seq) AS before_it
    FROM inventory_movements WHERE occurred_at > NOW(6) - INTERVAL 7 DAY
)
SELECT 'reserved is not the sum of the active reservations' AS fault, c.product_id, c.channel_id,
       CAST(c.reserved AS CHAR) AS is_counted, CAST(COALESCE(u.reserved, 0) AS CHAR) AS should_be
FROM counters c LEFT JOIN units u USING (product_id, channel_id) WHERE c.reserved <> COALESCE(u.reserved, 0)
UNION ALL
SELECT 'sold is not the sum of the activated reservations', c.product_id, c.channel_id, c.sold, COALESCE(u.sold, 0)
FROM counters c LEFT JOIN units u USING (product_id, channel_id) WHERE c.sold <> COALESCE(u.sold, 0)
UNION ALL
SELECT 'reservations on a channel without units', u.product_id, u.channel_id, NULL, u.reserved + u.sold
FROM units u LEFT JOIN counters c USING (product_id, channel_id) WHERE c.product_id IS NULL
UNION ALL
SELECT 'more reserved and sold than allocated', product_id, channel_id, reserved + sold, allocated
FROM counters WHERE reserved + sold > allocated OR reserved < 0 OR sold < 0
UNION ALL
SELECT 'allocations are not the sellable cap', i.product_id, NULL, SUM(c.allocated), i.sellable_cap
FROM product_inventory i LEFT JOIN counters c USING (product_id)
GROUP BY i.product_id, i.sellable_cap HAVING COALESCE(SUM(c.allocated), 0) <> i.sellable_cap
UNION ALL
SELECT 'the ledger ends in other balances (allocated/reserved/sold)', c.product_id, c.channel_id,
       CONCAT_WS('/', e.allocated, e.reserved, e.sold), CONCAT_WS('/', c.allocated, c.reserved, c.sold)
FROM counters c LEFT JOIN ends e USING (product_id, channel_id)
WHERE NOT (c.allocated <=> e.allocated AND c.reserved <=> e.reserved AND c.sold <=> e.sold)
UNION ALL
SELECT 'the ledger ends at another number', i.product_id, NULL, MAX(m.seq), i.movement_seq
FROM product_inventory i LEFT JOIN inventory_movements m USING (product_id)
GROUP BY i.product_id, i.movement_seq HAVING COALESCE(MAX(m.seq), 0) <> i.movement_seq
UNION ALL
SELECT 'the ledger has a gap', product_id, NULL, seq, before_it + 1 FROM steps WHERE seq <> before_it + 1
UNION ALL
SELECT CONCAT('a sale without its confirmed order: ', r.reservation_id), r.product_id, r.channel_id, o.quantity, r.quantity
FROM channel_reservations r LEFT JOIN orders o ON o.id = r.order_id AND o.status = 'confirmed'
WHERE r.status = 'activated' AND NOT (o.quantity <=> r.quantity)
UNION ALL
SELECT CONCAT('the trigger is missing: ', wanted.name), NULL, NULL, NULL, NULL
FROM (SELECT 'product_inventory_before_insert' AS name UNION ALL SELECT 'product_inventory_before_update') wanted
WHERE NOT EXISTS (
    SELECT 1 FROM information_schema.TRIGGERS t WHERE t.TRIGGER_SCHEMA = DATABASE() AND t.TRIGGER_NAME = wanted.name)
UNION ALL
-- Triggers run with their maker's rights: without that user every sale fails (error 1449).
SELECT CONCAT('the user who made trigger ', t.TRIGGER_NAME, ' is missing: ', t.DEFINER), NULL, NULL, NULL, NULL
FROM information_schema.TRIGGERS t
WHERE t.TRIGGER_SCHEMA = DATABASE()
  AND NOT EXISTS (SELECT 1 FROM information_schema.USER_ATTRIBUTES u WHERE CONCAT(u.USER, '@', u.HOST) = t.DEFINER);
