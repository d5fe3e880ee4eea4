import { type KnownRow, KnownRows } from '../../src/reservation/known-rows.js';

const PRODUCT = 106;

let rows: KnownRows;
const known = (): KnownRow => ({
  sellableCap: 10,
  allocations: new Map(),
  movementSeq: 7,
  readAt: { databaseTime: 0, clock: performance.now() },
});

beforeEach(() => {
  jest.useFakeTimers();
  rows = new KnownRows();
});
afterEach(() => {
  jest.useRealTimers();
});

it('gives a row once: what fails leaves nothing behind', () => {
  const row = known();
  rows.keep(PRODUCT, row);
  expect(rows.take(PRODUCT)).toBe(row);
  expect(rows.take(PRODUCT)).toBeUndefined();
});

it('gives the one that was kept last', () => {
  rows.keep(PRODUCT, known());
  const later = { ...known(), movementSeq: 8 };
  rows.keep(PRODUCT, later);
  expect(rows.take(PRODUCT)).toBe(later);
});

it.each([
  [990, true],
  [1_002, false],
])('after %i ms: %p, however often it was written since it was read', (ms, given) => {
  const row = known();
  for (let n = 0; n < 3; n++) {
    jest.advanceTimersByTime(ms / 3);
    rows.keep(PRODUCT, row);
  }
  expect(rows.take(PRODUCT) === row).toBe(given);
});

it('gives no row that is shared, until it has not been for a second', () => {
  rows.share(PRODUCT);
  jest.advanceTimersByTime(999);
  rows.keep(PRODUCT, known());
  expect(rows.take(PRODUCT)).toBeUndefined();
  rows.keep(PRODUCT + 1, known());
  expect(rows.take(PRODUCT + 1)).toBeDefined();
  jest.advanceTimersByTime(2);
  rows.keep(PRODUCT, known());
  expect(rows.take(PRODUCT)).toBeDefined();
});
