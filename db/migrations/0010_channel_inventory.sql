-- The card's migration 0010, mended where MySQL refuses it:
-- a JSON default must be an expression (error 1101), and a functional index needs a typed value (error 3753).

-- Add channel-specific inventory tracking
ALTER TABLE product_inventory ADD COLUMN channel_allocations JSON NOT NULL DEFAULT (JSON_OBJECT());

-- Initialize OTA allocations for cruise packages (a smaller cap goes to the OTAs whole); everything else is sold directly
UPDATE product_inventory
SET channel_allocations = CASE
    WHEN product_id IN (106, 107, 108) THEN JSON_OBJECT(
        'direct', JSON_OBJECT('allocated', sellable_cap - LEAST(sellable_cap, CASE product_id WHEN 106 THEN 2000 ELSE 1500 END),
                              'reserved', 0, 'sold', 0),
        'ota', JSON_OBJECT('allocated', LEAST(sellable_cap, CASE product_id WHEN 106 THEN 2000 ELSE 1500 END),
                           'reserved', 0, 'sold', 0))
    ELSE JSON_OBJECT('direct', JSON_OBJECT('allocated', sellable_cap, 'reserved', 0, 'sold', 0))
END;

-- Add indexes for performance
CREATE INDEX idx_product_inventory_channel
    ON product_inventory (product_id, (CAST(channel_allocations->>'$.ota.allocated' AS UNSIGNED)));
