-- What is sold, and what it costs. Money is DECIMAL in the product's own currency.
CREATE TABLE products (
    id             INT           NOT NULL,
    name           VARCHAR(200)  NOT NULL,
    -- A product with reservations is retired, never deleted: they refer to it (ON DELETE RESTRICT).
    status         ENUM('active', 'retired') NOT NULL DEFAULT 'active',
    currency       CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- IANA zone in which a visit date, its weekend and the cut-off are meant.
    time_zone      VARCHAR(64)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    cutoff_hours   INT UNSIGNED  NOT NULL DEFAULT 0,
    weekday_price  DECIMAL(12,2) NOT NULL,
    weekend_price  DECIMAL(12,2) NOT NULL,
    created_at     TIMESTAMP(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),

    PRIMARY KEY (id),
    CONSTRAINT products_id_positive CHECK (id > 0),
    CONSTRAINT products_prices_not_negative CHECK (weekday_price >= 0 AND weekend_price >= 0)
);

-- Taken off the unit price for one type of customer, in the product's currency.
CREATE TABLE customer_discounts (
    product_id    INT           NOT NULL,
    customer_type VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount        DECIMAL(12,2) NOT NULL,

    PRIMARY KEY (product_id, customer_type),
    CONSTRAINT customer_discounts_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
    CONSTRAINT customer_discounts_not_negative CHECK (amount >= 0)
);

-- Days on which every product's base price is multiplied.
CREATE TABLE special_dates (
    visit_date DATE         NOT NULL,
    multiplier DECIMAL(6,3) NOT NULL,

    PRIMARY KEY (visit_date),
    CONSTRAINT special_dates_not_negative CHECK (multiplier >= 0)
);
