-- One row a product: the row that every change of its units locks first.
CREATE TABLE product_inventory (
    product_id    INT             NOT NULL,
    -- Units that may be sold in all, over all channels.
    sellable_cap  INT UNSIGNED    NOT NULL,
    -- Number of the product's newest movement; counts up under the row's lock.
    movement_seq  BIGINT UNSIGNED NOT NULL DEFAULT 0,
    updated_at    TIMESTAMP(6)    NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),

    PRIMARY KEY (product_id),
    CONSTRAINT product_inventory_product FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE RESTRICT
);
