-- What the ledger is read by, beside a product's own order: time. Lines come in the order of time, so the index grows at its end
-- alone; the key of the table follows the time, so that pages over all products have one order, and the partner is found
-- without touching the lines.
ALTER TABLE inventory_movements
    ADD INDEX inventory_movements_time (occurred_at, product_id, seq, partner_id);
