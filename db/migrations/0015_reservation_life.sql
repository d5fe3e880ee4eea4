-- What happens to a reservation after it was made.
ALTER TABLE channel_reservations
    ADD COLUMN cancelled_at       TIMESTAMP(6) NULL,
    ADD COLUMN cancel_reason      VARCHAR(500) NULL,
    -- How often its partner had it last longer.
    ADD COLUMN extensions         INT UNSIGNED NOT NULL DEFAULT 0,
    -- SHA-256 of what was asked for by the step that took place: repeating it is told from asking for something else.
    ADD COLUMN activation_asked   BINARY(32)   NULL,
    ADD COLUMN cancellation_asked BINARY(32)   NULL,
    -- A partner's own, newest first.
    ADD INDEX idx_reservations_partner (partner_id, created_at, reservation_id),
    ADD INDEX idx_reservations_partner_status (partner_id, status, created_at, reservation_id);

-- Ids that processes take in blocks, so that an order has its id before it is written. A block that isn't used up leaves a gap.
CREATE TABLE id_blocks (
    name    VARCHAR(40)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    next_id BIGINT UNSIGNED NOT NULL,

    PRIMARY KEY (name)
);

INSERT INTO id_blocks (name, next_id) VALUES ('orders', 1);
