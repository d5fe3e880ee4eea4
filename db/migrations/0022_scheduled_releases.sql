-- What a channel hasn't sold by a certain time goes to another one: the allotment's cut-off.
CREATE TABLE scheduled_releases (
    id           VARCHAR(40)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_id   INT               NOT NULL,
    from_channel VARCHAR(20)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    to_channel   VARCHAR(20)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Free units that the channel keeps.
    keep_units   INT UNSIGNED      NOT NULL,
    due_at       TIMESTAMP(6)      NOT NULL,
    -- How due_at was asked for, when it was by days before a visit; local_time is of the product's time zone.
    visit_date   DATE              NULL,
    days_before  SMALLINT UNSIGNED NULL,
    local_time   CHAR(5)           CHARACTER SET ascii COLLATE ascii_bin NULL,
    reason       VARCHAR(500)      NULL,
    -- It leaves scheduled once: by the transaction that moves the units, or the one that cancels it. Both hold the inventory row.
    status       VARCHAR(20)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'scheduled',
    scheduled_at TIMESTAMP(6)      NOT NULL,
    scheduled_by VARCHAR(80)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- When it was done or cancelled.
    settled_at   TIMESTAMP(6)      NULL,
    cancelled_by VARCHAR(80)       CHARACTER SET ascii COLLATE ascii_bin NULL,
    -- Given, once done; none is fine.
    units        INT UNSIGNED      NULL,

    PRIMARY KEY (id),
    -- What is due next, and lists.
    INDEX scheduled_releases_due (status, due_at, id),
    INDEX scheduled_releases_product (product_id, due_at, id),
    INDEX scheduled_releases_all (due_at, id),
    CONSTRAINT scheduled_releases_status CHECK (status IN ('scheduled', 'done', 'cancelled')),
    CONSTRAINT scheduled_releases_settled CHECK ((status = 'scheduled') = (settled_at IS NULL) AND (status = 'done') = (units IS NOT NULL)),
    CONSTRAINT scheduled_releases_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT scheduled_releases_from FOREIGN KEY (from_channel) REFERENCES channels (id) ON DELETE RESTRICT,
    CONSTRAINT scheduled_releases_to FOREIGN KEY (to_channel) REFERENCES channels (id) ON DELETE RESTRICT
);
