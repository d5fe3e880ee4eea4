-- Answers kept for a repeated request: written in the transaction of the work, so that both exist or neither does.
CREATE TABLE idempotency_keys (
    partner_id      VARCHAR(40)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    idempotency_key VARCHAR(255)      CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- SHA-256 of the operation and the canonical body
    fingerprint     BINARY(32)        NOT NULL,
    status          SMALLINT UNSIGNED NOT NULL,
    -- The answer's body to the letter: a JSON column would order its members anew.
    answer          TEXT              NOT NULL,
    created_at      TIMESTAMP(6)      NOT NULL,

    PRIMARY KEY (partner_id, idempotency_key),
    INDEX idempotency_keys_age (created_at),
    CONSTRAINT idempotency_keys_partner FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT
);
