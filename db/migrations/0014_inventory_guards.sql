-- The database refuses a row that breaks the invariant, whoever writes it:
-- the CHECK holds the JSON's shape (a trigger alone lets "5", 1.5, null and a misspelt name pass), the triggers the sums.
ALTER TABLE product_inventory ADD CONSTRAINT product_inventory_allocations_shape CHECK (JSON_SCHEMA_VALID('{
    "type": "object",
    "patternProperties": {
        "^[a-z0-9_-]{1,20}$": {
            "type": "object",
            "properties": {
                "allocated": {"type": "integer", "minimum": 0, "maximum": 4294967295},
                "reserved":  {"type": "integer", "minimum": 0, "maximum": 4294967295},
                "sold":      {"type": "integer", "minimum": 0, "maximum": 4294967295}
            },
            "additionalProperties": false
        }
    },
    "additionalProperties": false
}', channel_allocations));

CREATE TRIGGER product_inventory_before_insert BEFORE INSERT ON product_inventory FOR EACH ROW
BEGIN
    -- Units that nobody assigned are the operator's own to sell.
    IF JSON_LENGTH(NEW.channel_allocations) = 0 THEN
        SET NEW.channel_allocations = JSON_OBJECT('direct', JSON_OBJECT('allocated', NEW.sellable_cap, 'reserved', 0, 'sold', 0));
    END IF;
    IF EXISTS (
        SELECT 1 FROM JSON_TABLE(JSON_EXTRACT(NEW.channel_allocations, '$.*'), '$[*]' COLUMNS (
            allocated BIGINT PATH '$.allocated' DEFAULT '0' ON EMPTY,
            reserved  BIGINT PATH '$.reserved'  DEFAULT '0' ON EMPTY,
            sold      BIGINT PATH '$.sold'      DEFAULT '0' ON EMPTY)) c
        HAVING COALESCE(SUM(c.allocated), 0) <> NEW.sellable_cap
            OR SUM(c.reserved < 0 OR c.sold < 0 OR c.reserved + c.sold > c.allocated) > 0
    ) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'product_inventory: channel allocations must sum to sellable_cap, and reserved + sold of each channel must fit its allocation';
    END IF;
END;

CREATE TRIGGER product_inventory_before_update BEFORE UPDATE ON product_inventory FOR EACH ROW
BEGIN
    IF EXISTS (
        SELECT 1 FROM JSON_TABLE(JSON_EXTRACT(NEW.channel_allocations, '$.*'), '$[*]' COLUMNS (
            allocated BIGINT PATH '$.allocated' DEFAULT '0' ON EMPTY,
            reserved  BIGINT PATH '$.reserved'  DEFAULT '0' ON EMPTY,
            sold      BIGINT PATH '$.sold'      DEFAULT '0' ON EMPTY)) c
        HAVING COALESCE(SUM(c.allocated), 0) <> NEW.sellable_cap
            OR SUM(c.reserved < 0 OR c.sold < 0 OR c.reserved + c.sold > c.allocated) > 0
    ) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'product_inventory: channel allocations must sum to sellable_cap, and reserved + sold of each channel must fit its allocation';
    END IF;
END;

-- The ledger begins with what each channel holds today.
INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, allocated, reserved, sold, occurred_at)
SELECT i.product_id,
       i.movement_seq + ROW_NUMBER() OVER (PARTITION BY i.product_id ORDER BY names.channel_id),
       names.channel_id,
       'opened',
       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".allocated')), 0) AS UNSIGNED),
       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".allocated')), 0) AS UNSIGNED),
       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".reserved')), 0) AS UNSIGNED),
       CAST(COALESCE(JSON_EXTRACT(i.channel_allocations, CONCAT('$."', names.channel_id, '".sold')), 0) AS UNSIGNED),
       SYSDATE(6)
FROM product_inventory i
JOIN JSON_TABLE(JSON_KEYS(i.channel_allocations), '$[*]'
    COLUMNS (channel_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) names;

UPDATE product_inventory i
SET movement_seq = COALESCE((SELECT MAX(m.seq) FROM inventory_movements m WHERE m.product_id = i.product_id), 0);
