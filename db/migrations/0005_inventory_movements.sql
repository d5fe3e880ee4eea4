-- The ledger: every change of a channel's units, append-only, numbered per product without a gap.
-- It stands before 0011, whose cleanup event writes it.
CREATE TABLE inventory_movements (
    product_id     INT             NOT NULL,
    seq            BIGINT UNSIGNED NOT NULL,
    channel_id     VARCHAR(20)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- opened, reserved, expired, …: what happened to the units
    kind           VARCHAR(20)     CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    units          INT UNSIGNED    NOT NULL,
    reservation_id VARCHAR(50)     CHARACTER SET ascii COLLATE ascii_bin NULL,
    partner_id     VARCHAR(40)     CHARACTER SET ascii COLLATE ascii_bin NULL,
    -- The channel's balances after the movement.
    allocated      INT UNSIGNED    NOT NULL,
    reserved       INT UNSIGNED    NOT NULL,
    sold           INT UNSIGNED    NOT NULL,
    -- The batch that wrote it: tells after a lost connection whether a COMMIT took place.
    batch_id       VARCHAR(36)     CHARACTER SET ascii COLLATE ascii_bin NULL,
    occurred_at    TIMESTAMP(6)    NOT NULL,

    PRIMARY KEY (product_id, seq),
    CONSTRAINT inventory_movements_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
);
