-- How many requests a partner may send in a minute, over all its keys.
ALTER TABLE partners ADD COLUMN requests_per_minute_max INT UNSIGNED NOT NULL DEFAULT 6000 AFTER hold_max_seconds;
