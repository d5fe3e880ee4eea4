-- The card's migration 0011, mended: ids compare byte for byte, times keep their microseconds,
-- a product or partner with reservations can't be deleted, and the event releases each hold once.

-- Create reservation tracking table
CREATE TABLE channel_reservations (
    reservation_id VARCHAR(50)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_id     INT          NOT NULL,
    channel_id     VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'ota',
    quantity       INT          NOT NULL,
    status         ENUM('active', 'expired', 'activated', 'cancelled') NOT NULL DEFAULT 'active',
    expires_at     TIMESTAMP(6) NOT NULL,
    created_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    activated_at   TIMESTAMP(6) NULL,
    order_id       INT          NULL,

    PRIMARY KEY (reservation_id),
    INDEX idx_reservations_status (status, expires_at),
    INDEX idx_reservations_product (product_id, channel_id),
    INDEX idx_reservations_expiry (expires_at, status),

    CONSTRAINT channel_reservations_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT channel_reservations_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE SET NULL,
    CONSTRAINT channel_reservations_quantity CHECK (quantity > 0)
);

-- Create cleanup job for expired reservations.
-- The service's own job does this every few seconds; the event is a backstop to enable while no instance runs
-- (ALTER EVENT cleanup_expired_reservations ENABLE). Like every writer it takes the inventory row first, products
-- in ascending order, one transaction each; it releases only what it moves out of `active` itself. It works on
-- the columns that 0012 adds.
CREATE EVENT cleanup_expired_reservations
ON SCHEDULE EVERY 1 HOUR
DISABLE
COMMENT 'Backstop for the service''s own expiry job; enable it only while no instance runs'
DO
BEGIN
    DECLARE finished BOOLEAN DEFAULT FALSE;
    DECLARE due_product INT;
    DECLARE seq_before BIGINT UNSIGNED;
    DECLARE released INT UNSIGNED;
    DECLARE released_at_now TIMESTAMP(6);
    DECLARE due CURSOR FOR
        SELECT DISTINCT product_id FROM channel_reservations
        WHERE status = 'active' AND expires_at <= NOW(6) ORDER BY product_id;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET finished = TRUE;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;

    SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;
    SET SESSION time_zone = '+00:00';
    CREATE TEMPORARY TABLE IF NOT EXISTS cleanup_due (
        reservation_id VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
        place INT UNSIGNED NOT NULL,
        channel_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        partner_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        quantity INT NOT NULL,
        units_so_far INT UNSIGNED NOT NULL
    );

    OPEN due;
    each_product: LOOP
        FETCH due INTO due_product;
        IF finished THEN LEAVE each_product; END IF;

        START TRANSACTION;
        SET seq_before = NULL;
        SELECT movement_seq INTO seq_before FROM product_inventory WHERE product_id = due_product FOR UPDATE;
        SET finished = FALSE;
        -- No inventory, so nothing to give back to: not for this event to put right.
        IF seq_before IS NULL THEN
            ROLLBACK;
            ITERATE each_product;
        END IF;
        -- Read with the lock held: another process may have released some of them meanwhile.
        SET released_at_now = SYSDATE(6);
        DELETE FROM cleanup_due;
        INSERT INTO cleanup_due
            SELECT reservation_id, ROW_NUMBER() OVER oldest_first, channel_id, partner_id, quantity,
                   SUM(quantity) OVER (PARTITION BY channel_id ORDER BY expires_at, reservation_id)
            FROM channel_reservations
            WHERE product_id = due_product AND status = 'active' AND expires_at <= released_at_now
            WINDOW oldest_first AS (ORDER BY expires_at, reservation_id);

        INSERT INTO inventory_movements
                (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated, reserved, sold, occurred_at)
            SELECT due_product, seq_before + d.place, d.channel_id, 'expired', d.quantity, d.reservation_id, d.partner_id,
                   c.allocated, c.reserved - d.units_so_far, c.sold, released_at_now
            FROM cleanup_due d
            JOIN (
                SELECT names.channel_id,
                       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".allocated')), 0) AS SIGNED) AS allocated,
                       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".reserved')), 0) AS SIGNED) AS reserved,
                       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".sold')), 0) AS SIGNED) AS sold
                FROM product_inventory i
                JOIN JSON_TABLE(JSON_KEYS(i.channel_allocations), '$[*]'
                    COLUMNS (channel_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) names
                WHERE i.product_id = due_product
            ) c ON c.channel_id = d.channel_id
            ORDER BY d.place;

        UPDATE channel_reservations
        SET status = 'expired', released_at = released_at_now
        WHERE reservation_id IN (SELECT reservation_id FROM cleanup_due) AND status = 'active';

        -- Release inventory: what each channel got back, and the ledger's new end.
        -- (A temporary table can't be named twice in one statement, so its count is taken before.)
        SELECT COUNT(*) INTO released FROM cleanup_due;
        IF released > 0 THEN
            UPDATE product_inventory
            SET channel_allocations = (
                    SELECT JSON_MERGE_PATCH(channel_allocations, JSON_OBJECTAGG(back.channel_id, JSON_OBJECT('reserved', back.reserved)))
                    FROM (
                        SELECT d.channel_id,
                               CAST(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', d.channel_id, '".reserved')) AS SIGNED)
                                   - CAST(SUM(d.quantity) AS SIGNED) AS reserved
                        FROM cleanup_due d
                        JOIN product_inventory i ON i.product_id = due_product
                        GROUP BY d.channel_id, i.channel_allocations
                    ) back
                ),
                movement_seq = seq_before + released
            WHERE product_id = due_product;
        END IF;
        COMMIT;
    END LOOP;
    CLOSE due;
    DROP TEMPORARY TABLE cleanup_due;
END;
