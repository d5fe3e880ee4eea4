-- What an activated reservation became. Money is frozen here; prices may change afterwards.
CREATE TABLE orders (
    id                 INT           NOT NULL AUTO_INCREMENT,
    product_id         INT           NOT NULL,
    partner_id         VARCHAR(40)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status             ENUM('confirmed', 'cancelled') NOT NULL DEFAULT 'confirmed',
    quantity           INT UNSIGNED  NOT NULL,
    -- NULL: sold without a date, at the weekday price.
    visit_date         DATE          NULL,
    currency           CHAR(3)       CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    total_amount       DECIMAL(14,2) NOT NULL,
    external_reference VARCHAR(100)  NULL,
    created_at         TIMESTAMP(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    cancelled_at       TIMESTAMP(6)  NULL,

    PRIMARY KEY (id),
    CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT,
    CONSTRAINT orders_partner FOREIGN KEY (partner_id) REFERENCES partners (id) ON DELETE RESTRICT
);

CREATE TABLE order_lines (
    order_id      INT           NOT NULL,
    customer_type VARCHAR(20)   CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    quantity      INT UNSIGNED  NOT NULL,
    unit_price    DECIMAL(12,2) NOT NULL,
    amount        DECIMAL(14,2) NOT NULL,

    PRIMARY KEY (order_id, customer_type),
    CONSTRAINT order_lines_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE RESTRICT
);
