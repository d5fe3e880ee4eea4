-- How much a partner may hold; NULL: no limit. (The largest request and the longest hold have been here since 0003.)
ALTER TABLE partners
    -- Units of one product that it holds at a time, and of all products.
    ADD COLUMN held_per_product_max INT UNSIGNED NULL AFTER hold_max_seconds,
    ADD COLUMN held_max             INT UNSIGNED NULL AFTER held_per_product_max,
    -- How often one hold may be made to last longer.
    ADD COLUMN extensions_max       INT UNSIGNED NULL AFTER held_max,
    -- Units of one product that it holds and has sold: its share of the channel.
    ADD COLUMN product_quota        INT UNSIGNED NULL AFTER extensions_max;

-- Two indexes get more columns, none is added, so that these are read without touching a row: what a partner holds and has
-- sold of a product; what it holds in all, and what became of the holds that it made in a period.
ALTER TABLE channel_reservations
    DROP INDEX idx_reservations_overdue,
    ADD INDEX idx_reservations_overdue (product_id, status, expires_at, channel_id, quantity, partner_id),
    DROP INDEX idx_reservations_partner_status,
    ADD INDEX idx_reservations_partner_status
        (partner_id, status, created_at, reservation_id, product_id, expires_at, quantity, quantity_held, activated_at);
