import fc from 'fast-check';
import type { PoolConnection } from 'mysql2/promise';

import { isSound, type Json, membersOf, number, row, textOf } from '../support/allocation-attacks.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';

/** What the guards of 0014 must do, said once more in another language, and held against random rows in random statements. */

const ATTACKS = 1_200;
const PRODUCT = 1;
/** What is in the row before an attack by UPDATE. */
const BEFORE = { cap: 9, text: '{"direct": {"allocated": 5, "reserved": 1}, "ota": {"allocated": 4, "sold": 2}}' };

type Statement = readonly [sql: string, values: readonly unknown[]];
type Write = (cap: number, text: string) => Statement;

/** Every way to write a whole row; those that change one begin at {@link BEFORE}. */
const WRITES: Readonly<Record<string, Write>> = {
  insert: (cap, text) => [
    'INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (?, ?, ?)',
    [PRODUCT, cap, text],
  ],
  'insert, ignoring errors': (cap, text) => [
    'INSERT IGNORE INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (?, ?, ?)',
    [PRODUCT, cap, text],
  ],
  'insert … select': (cap, text) => [
    'INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) SELECT ?, ?, CAST(? AS JSON)',
    [PRODUCT, cap, text],
  ],
  replace: (cap, text) => [
    'REPLACE INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (?, ?, ?)',
    [PRODUCT, cap, text],
  ],
  'on duplicate key': (cap, text) => [
    `INSERT INTO product_inventory (product_id, sellable_cap) VALUES (?, 3) ON DUPLICATE KEY UPDATE sellable_cap = ?, channel_allocations = ?`,
    [PRODUCT, cap, text],
  ],
  update: (cap, text) => [
    'UPDATE product_inventory SET sellable_cap = ?, channel_allocations = ? WHERE product_id = ?',
    [cap, text, PRODUCT],
  ],
  'update, ignoring errors': (cap, text) => [
    'UPDATE IGNORE product_inventory SET channel_allocations = ?, sellable_cap = ? WHERE product_id = ?',
    [text, cap, PRODUCT],
  ],
  'update with a join': (cap, text) => [
    'UPDATE product_inventory i JOIN products p ON p.id = i.product_id SET i.sellable_cap = ?, i.channel_allocations = ? WHERE p.id = ?',
    [cap, text, PRODUCT],
  ],
  'update from an expression': (cap, text) => [
    `UPDATE product_inventory SET sellable_cap = ?, channel_allocations = JSON_MERGE_PATCH('{}', JSON_EXTRACT(?, '$')) WHERE product_id = ?`,
    [cap, text, PRODUCT],
  ],
};
const INSERTS = /insert|replace/;

const SESSIONS = [
  "SET SESSION sql_mode = ''",
  'SET SESSION foreign_key_checks = 0, unique_checks = 0',
  'SET SESSION sql_safe_updates = 0',
];

describe('the guards of product_inventory', () => {
  let database: TestDatabase;
  let connection: PoolConnection;
  beforeAll(async () => {
    database = await demoDatabase();
    await database.rows(
      `INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES (?, 'One', 'CNY', 'UTC', 1, 1)`,
      [PRODUCT],
    );
    connection = await database.pool.getConnection();
  });
  afterAll(async () => {
    connection.destroy();
    await database.drop();
  });

  const stored = async (): Promise<{ cap: number; text: string } | undefined> => {
    const [found] = await database.rows<{ cap: number; text: string }>(
      'SELECT sellable_cap AS cap, CAST(channel_allocations AS CHAR) AS text FROM product_inventory WHERE product_id = ?',
      [PRODUCT],
    );
    return found;
  };

  /** Runs one statement against {@link BEFORE}, or an empty place. @returns whether the server took it */
  async function attack([sql, values]: Statement, begins: boolean, prepared: boolean): Promise<boolean> {
    await database.rows('DELETE FROM product_inventory WHERE product_id = ?', [PRODUCT]);
    if (begins) {
      await database.rows(
        'INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (?, ?, ?)',
        [PRODUCT, BEFORE.cap, BEFORE.text],
      );
    }
    const run = prepared
      ? connection.execute(sql, values as (string | number)[])
      : connection.query(sql, values as unknown[]);
    return run.then(
      () => true,
      () => false,
    );
  }

  /** JSON text as MySQL gives it back has each member once. */
  const read = (text: string): Json => {
    const value = JSON.parse(text) as unknown;
    const parse = (part: unknown): Json =>
      typeof part === 'object' && part !== null && !Array.isArray(part)
        ? { members: Object.entries(part).map(([name, member]) => [name, parse(member)] as const) }
        : { text: JSON.stringify(part) };
    // A fraction that JavaScript would write as a whole number is still none.
    if (/\d\.\d|\de/i.test(text)) return { text };
    return parse(value);
  };

  it('let nothing through that breaks the invariant, and refuse nothing that keeps it', async () => {
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(
        row,
        fc.constantFrom(...Object.entries(WRITES)),
        fc.constantFrom(...SESSIONS),
        fc.boolean(),
        async ({ json, cap }, [name, write], session, prepared) => {
          const begins = !INSERTS.test(name) || /replace|duplicate/.test(name);
          await connection.query(
            `SET SESSION sql_mode = DEFAULT, foreign_key_checks = 1, unique_checks = 1; ${session}`,
          );
          await attack(write(cap, textOf(json)), begins, prepared);
          const now = await stored();
          const sound = isSound(cap, json);
          const before = begins ? BEFORE : undefined;
          const kept = now === undefined ? before === undefined : before !== undefined && same(now, before);
          seen[kept ? 'refused' : 'taken'] += 1;
          // Whatever the statement was: what is stored is sound.
          if (now)
            expect({ stored: now, sound: isSound(now.cap, read(now.text)) }).toEqual({ stored: now, sound: true });
          // Nothing that is sound is refused. (Nothing at all is given to `direct` by an INSERT, so it is not in the row then.)
          if (sound && !kept && membersOf(json)?.size !== 0) expect(normal(now?.text)).toEqual(normal(textOf(json)));
          if (sound) expect(now?.cap).toBe(cap);
        },
      ),
      { numRuns: ATTACKS },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(ATTACKS / 10);
  }, 300_000);

  it('let nothing through by one path of the JSON, or by the cap alone', async () => {
    const path = fc.constantFrom(
      '$.ota.allocated',
      '$.ota.reserved',
      '$.ota.sold',
      '$.direct.reserved',
      '$.web.allocated',
      '$.web',
      '$.ota',
    );
    const change = fc.oneof(
      fc
        .tuple(fc.constantFrom('JSON_SET', 'JSON_REPLACE', 'JSON_INSERT'), path, number)
        .map(([by, at, value]): Statement => [
          `UPDATE product_inventory SET channel_allocations = ${by}(channel_allocations, ?, JSON_EXTRACT(?, '$')) WHERE product_id = ?`,
          [at, textOf(value), PRODUCT],
        ]),
      path.map((at): Statement => [
        'UPDATE product_inventory SET channel_allocations = JSON_REMOVE(channel_allocations, ?) WHERE product_id = ?',
        [at, PRODUCT],
      ]),
      fc
        .integer({ min: -1, max: 12 })
        .map((cap): Statement => [
          'UPDATE product_inventory SET sellable_cap = ? WHERE product_id = ?',
          [cap, PRODUCT],
        ]),
      fc.tuple(path, fc.integer({ min: -3, max: 3 })).map(([at, by]): Statement => [
        `UPDATE product_inventory SET channel_allocations =
             JSON_SET(channel_allocations, ?, CAST(JSON_EXTRACT(channel_allocations, ?) + ? AS SIGNED)) WHERE product_id = ?`,
        [at, at, by, PRODUCT],
      ]),
    );
    await fc.assert(
      fc.asyncProperty(change, fc.constantFrom(...SESSIONS), async (statement, session) => {
        await connection.query(`SET SESSION sql_mode = DEFAULT; ${session}`);
        await attack(statement, true, false);
        const now = await stored();
        expect({ statement, now, sound: now && isSound(now.cap, read(now.text)) }).toEqual({
          statement,
          now,
          sound: true,
        });
      }),
      { numRuns: ATTACKS / 3 },
    );
  }, 300_000);
});

const normal = (text: string | undefined): unknown => (text === undefined ? undefined : (JSON.parse(text) as unknown));
const same = (a: { cap: number; text: string }, b: { cap: number; text: string }): boolean =>
  a.cap === b.cap && JSON.stringify(sorted(normal(a.text))) === JSON.stringify(sorted(normal(b.text)));
const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .sort()
        .map(([name, member]) => [name, sorted(member)])
    : value;
