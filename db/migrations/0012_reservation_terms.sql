-- What a reservation keeps beyond the card: whose it is, what was held at first, and the price it was made at.
ALTER TABLE channel_reservations
    ADD COLUMN partner_id       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NULL AFTER channel_id,
    ADD COLUMN quantity_held    INT          NULL AFTER quantity,
    ADD COLUMN pricing_snapshot JSON         NULL,
    -- When its units went back to the channel.
    ADD COLUMN released_at      TIMESTAMP(6) NULL;

-- Rows made at 0011, before partners were recorded, belong to a suspended partner that stands for them.
INSERT INTO partners (id, name, channel_id, status)
SELECT 'before-0012', 'Made before reservations had a partner', 'ota', 'suspended'
WHERE EXISTS (SELECT 1 FROM channel_reservations);

UPDATE channel_reservations
SET partner_id = 'before-0012', quantity_held = quantity, pricing_snapshot = JSON_OBJECT();

ALTER TABLE channel_reservations
    MODIFY COLUMN partner_id       VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    MODIFY COLUMN quantity_held    INT  NOT NULL,
    MODIFY COLUMN pricing_snapshot JSON NOT NULL,
    -- A product's overdue holds, oldest first, and their sum per channel, without touching the rows.
    ADD INDEX idx_reservations_overdue (product_id, status, expires_at, channel_id, quantity),
    ADD CONSTRAINT channel_reservations_partner FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT,
    ADD CONSTRAINT channel_reservations_held CHECK (quantity_held >= quantity);
