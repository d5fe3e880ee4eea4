-- Who sells. A partner sells on one channel; partners on the same channel share that channel's units.
CREATE TABLE partners (
    id               VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    name             VARCHAR(200) NOT NULL,
    channel_id       VARCHAR(20)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status           ENUM('active', 'suspended') NOT NULL DEFAULT 'active',
    -- Largest single request, in units.
    quantity_max     INT UNSIGNED NOT NULL DEFAULT 100,
    -- Longest hold that may be asked for; 7 days.
    hold_max_seconds INT UNSIGNED NOT NULL DEFAULT 604800,
    created_at       TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),

    PRIMARY KEY (id),
    CONSTRAINT partners_channel_name CHECK (REGEXP_LIKE(channel_id, '^[a-z0-9_-]{1,20}$'))
);

-- Only the SHA-256 of a key is kept: a copy of this table opens nothing.
CREATE TABLE api_keys (
    id         INT UNSIGNED NOT NULL AUTO_INCREMENT,
    partner_id VARCHAR(40)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    key_sha256 BINARY(32)   NOT NULL,
    label      VARCHAR(100) NOT NULL,
    -- e.g. ["inventory:read", "reservations:write"]
    scopes     JSON         NOT NULL,
    created_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    expires_at TIMESTAMP(6) NULL,
    revoked_at TIMESTAMP(6) NULL,

    PRIMARY KEY (id),
    UNIQUE KEY api_keys_sha256 (key_sha256),
    CONSTRAINT api_keys_partner FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT,
    CONSTRAINT api_keys_scopes CHECK (JSON_SCHEMA_VALID('{"type": "array", "items": {"type": "string"}}', scopes))
);
