-- Two of the card's indexes that nothing reads: the first begins like idx_reservations_overdue, the second has the columns
-- of idx_reservations_status the other way round. Each cost every hold a write (docs/performance.md).
ALTER TABLE channel_reservations
    DROP INDEX idx_reservations_product,
    DROP INDEX idx_reservations_expiry;
