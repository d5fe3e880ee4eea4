-- Who changed what at the operator's desk, and why.

-- The shares that a cap is split into. A channel is never deleted: the ledger names it.
CREATE TABLE channels (
    id         VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name       VARCHAR(200) NOT NULL,
    created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),

    PRIMARY KEY (id),
    CONSTRAINT channels_name CHECK (REGEXP_LIKE(id, '^[a-z0-9_-]{1,20}$'))
);

-- `direct` has what nobody else was given. Those in use become known under their ids.
INSERT INTO channels (id, name)
SELECT id, IF(id = 'direct', 'Own sales', id) FROM (
    SELECT 'direct' AS id
    UNION SELECT 'ota'
    UNION SELECT channel_id FROM partners
    UNION SELECT names.channel_id FROM product_inventory i
        JOIN JSON_TABLE(JSON_KEYS(i.channel_allocations), '$[*]'
            COLUMNS (channel_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin PATH '$')) names
) used;

-- A line of the ledger says who caused it: `key:12` (api_keys.id), `cli:anna` (the command line, by that user of its machine),
-- `release:7` (a timed release). NULL: the expiry job, or a line from before.
ALTER TABLE inventory_movements
    ADD COLUMN actor  VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN reason VARCHAR(500) NULL;

-- What the ledger of units doesn't show: products, prices, channels, partners, keys, limits. Append-only.
CREATE TABLE desk_log (
    id           VARCHAR(36)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    occurred_at  TIMESTAMP(6) NOT NULL,
    actor        VARCHAR(80)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- e.g. partner.suspended, key.rotated
    action       VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What it was done to, e.g. partner and its id.
    subject_type VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id   VARCHAR(50)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    reason       VARCHAR(500) NULL,
    -- What changed, never a key.
    details      JSON         NOT NULL,

    PRIMARY KEY (id),
    INDEX desk_log_subject (subject_type, subject_id, id)
);

ALTER TABLE partners ADD CONSTRAINT partners_channel FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE RESTRICT;
