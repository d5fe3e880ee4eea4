-- Goes up with every change of a price, so that processes may keep prices and tell by one number whether they still hold.
-- TRUNCATE fires no trigger: what is kept is read anew after a minute in any case.
CREATE TABLE price_list_version (
    id      TINYINT UNSIGNED NOT NULL DEFAULT 1,
    version BIGINT UNSIGNED  NOT NULL,

    PRIMARY KEY (id),
    CONSTRAINT price_list_version_one_row CHECK (id = 1)
);

INSERT INTO price_list_version (version) VALUES (1);

-- BEGIN and END, or MySQL keeps the semicolon that follows as a part of the trigger, and a dump of it can't be read back.

CREATE TRIGGER products_after_insert AFTER INSERT ON products FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER products_after_update AFTER UPDATE ON products FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER products_after_delete AFTER DELETE ON products FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER customer_discounts_after_insert AFTER INSERT ON customer_discounts FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER customer_discounts_after_update AFTER UPDATE ON customer_discounts FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER customer_discounts_after_delete AFTER DELETE ON customer_discounts FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER special_dates_after_insert AFTER INSERT ON special_dates FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER special_dates_after_update AFTER UPDATE ON special_dates FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;

CREATE TRIGGER special_dates_after_delete AFTER DELETE ON special_dates FOR EACH ROW
BEGIN
    UPDATE price_list_version SET version = version + 1;
END;
