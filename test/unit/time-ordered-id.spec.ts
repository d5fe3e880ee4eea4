import { timeOrderedId } from '../../src/database/time-ordered-id.js';

describe('time-ordered ids', () => {
  it('are UUIDs of version 7, no two alike, each after the one before', () => {
    // More than the random bytes drawn at once are enough for.
    const ids = Array.from({ length: 5_000 }, timeOrderedId);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
  });

  it('say when they were made, and cannot be guessed from the one before', () => {
    const one = timeOrderedId();
    const other = timeOrderedId();
    expect(Math.abs(parseInt(one.replace('-', '').slice(0, 12), 16) - Date.now())).toBeLessThan(10_000);
    expect(one.slice(-12)).not.toBe(other.slice(-12));
  });
});
