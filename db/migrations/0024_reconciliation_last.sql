-- What the last reconciliation of any instance found, so that all can tell. One row, replaced by each run.
CREATE TABLE reconciliation_last (
    id         TINYINT UNSIGNED NOT NULL DEFAULT 1,
    started_at TIMESTAMP(6)     NOT NULL,
    -- Who asked for it; NULL: the clock.
    actor      VARCHAR(80)      CHARACTER SET ascii COLLATE ascii_bin NULL,
    report     JSON             NOT NULL,

    PRIMARY KEY (id),
    CONSTRAINT reconciliation_last_one_row CHECK (id = 1)
);
