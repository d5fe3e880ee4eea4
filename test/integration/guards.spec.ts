import { demoDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';

const SIGNALLED = 1644;
/** The trigger, the CHECK; then what MySQL itself says of numbers that are none or too large, for JSON, index and sums. */
const REFUSALS = [SIGNALLED, 3819, 3140, 3141, 3751, 1690];
const CAP = 5000; // product 106: direct 3000, ota 2000 with 200 sold

let database: TestDatabase;
beforeAll(async () => {
  database = await demoDatabase();
  await database.rows(
    `INSERT INTO products (id, name, currency, time_zone, weekday_price, weekend_price) VALUES
     (1, 'One', 'CNY', 'UTC', 1, 1), (2, 'Two', 'CNY', 'UTC', 1, 1), (3, 'Three', 'CNY', 'UTC', 1, 1), (4, 'Four', 'CNY', 'UTC', 1, 1)`,
  );
});
afterEach(async () => {
  await database.rows('DELETE FROM product_inventory WHERE product_id < 100');
  await expectSound(database);
});
afterAll(() => database.drop());

const stored = async (productId: number): Promise<unknown> => {
  const [row] = await database.rows<{ channel_allocations: unknown }>(
    'SELECT channel_allocations FROM product_inventory WHERE product_id = ?',
    [productId],
  );
  return row?.channel_allocations;
};

const update = (allocations: string): Promise<unknown> =>
  database.rows('UPDATE product_inventory SET channel_allocations = ? WHERE product_id = 106', [allocations]);
const insert = (allocations: string, cap: number, productId = 1): Promise<unknown> =>
  database.rows('INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (?, ?, ?)', [
    productId,
    cap,
    allocations,
  ]);

/** JSON texts that break the invariant for a cap of 5000, whichever guard sees it. */
const ATTACKS: Readonly<Record<string, string>> = {
  'a sum below the cap': '{"direct": {"allocated": 3000}, "ota": {"allocated": 1999}}',
  'a sum above the cap': '{"direct": {"allocated": 3000}, "ota": {"allocated": 2001}}',
  'reserved beyond allocated': '{"direct": {"allocated": 3000}, "ota": {"allocated": 2000, "reserved": 2001}}',
  'sold beyond allocated': '{"direct": {"allocated": 3000}, "ota": {"allocated": 2000, "sold": 2001}}',
  'reserved and sold together beyond allocated':
    '{"direct": {"allocated": 3000}, "ota": {"allocated": 2000, "reserved": 1001, "sold": 1000}}',
  'a channel with units but no allocation': '{"direct": {"allocated": 5000}, "ota": {"reserved": 1}}',
  'a negative allocation': '{"direct": {"allocated": 5001}, "ota": {"allocated": -1}}',
  'negative reserved': '{"direct": {"allocated": 5000, "reserved": -1}}',
  'negative sold': '{"direct": {"allocated": 5000, "sold": -1}}',
  'negative sold that hides an over-reservation': '{"direct": {"allocated": 5000, "reserved": 5001, "sold": -1}}',
  'a number as text': '{"direct": {"allocated": "5000"}}',
  'reserved as text': '{"direct": {"allocated": 5000, "reserved": "5"}}',
  'a fraction': '{"direct": {"allocated": 5000, "reserved": 1.5}}',
  'fractions that sum up': '{"direct": {"allocated": 2500.5}, "ota": {"allocated": 2499.5}}',
  'a tiny fraction': '{"direct": {"allocated": 5000, "reserved": 0.4}}',
  'null for a number': '{"direct": {"allocated": 5000, "reserved": null}}',
  'null for the allocation': '{"direct": {"allocated": null}, "ota": {"allocated": 5000}}',
  'true for a number': '{"direct": {"allocated": 5000, "reserved": true}}',
  'an array for a number': '{"direct": {"allocated": 5000, "reserved": [5]}}',
  'an object for a number': '{"direct": {"allocated": 5000, "reserved": {"units": 5}}}',
  'a misspelt name': '{"direct": {"allocated": 5000, "reservd": 5}}',
  'a name in capitals': '{"direct": {"allocated": 5000, "Reserved": 5}}',
  'an extra member': '{"direct": {"allocated": 5000, "note": 1}}',
  'an extra channel that is none': '{"direct": {"allocated": 5000}, "note": "x"}',
  'null for a channel': '{"direct": {"allocated": 5000}, "ota": null}',
  'an array for a channel': '{"direct": {"allocated": 5000}, "ota": []}',
  'a number for a channel': '{"direct": {"allocated": 5000}, "ota": 5}',
  'a number for everything': '5000',
  'a text for everything': '"direct"',
  'null for everything': 'null',
  'true for everything': 'true',
  'an array of channels': '[{"allocated": 5000}]',
  'an array of numbers': '[5000]',
  'a huge number': '{"direct": {"allocated": 5000}, "ota": {"allocated": 99999999999999999999}}',
  'a number beyond BIGINT that wraps to nothing': '{"direct": {"allocated": 5000, "reserved": 18446744073709551616}}',
  'the largest unsigned BIGINT': '{"direct": {"allocated": 5000, "reserved": 18446744073709551615}}',
  'numbers that overflow together':
    '{"direct": {"allocated": 5000, "reserved": 9223372036854775807, "sold": 9223372036854775807}}',
  'an exponent': '{"direct": {"allocated": 1e400}}',
  'a channel name in capitals': '{"OTA": {"allocated": 5000}}',
  'an empty channel name': '{"": {"allocated": 5000}}',
  'a channel name with a space': '{"o ta": {"allocated": 5000}}',
  'a channel name with a dot': '{"o.ta": {"allocated": 5000}}',
  'a channel name with a quote': '{"o\\"ta": {"allocated": 5000}}',
  'a channel name that ends in a line break': '{"ota\\n": {"allocated": 5000}}',
  'a channel name of 21 letters': '{"aaaaaaaaaaaaaaaaaaaaa": {"allocated": 5000}}',
  'a channel name outside ASCII': '{"ötä": {"allocated": 5000}}',
};

describe('a row that breaks the invariant', () => {
  it.each(Object.entries(ATTACKS))('is refused: %s', async (_, allocations) => {
    const before = await stored(106);
    const insertion = await insert(allocations, CAP).catch((error: unknown) => error);
    const change = await update(allocations).catch((error: unknown) => error);
    for (const outcome of [insertion, change]) {
      expect(outcome).toBeInstanceOf(Error);
      expect(REFUSALS).toContain((outcome as { errno: number }).errno);
    }
    expect(await stored(1)).toBeUndefined();
    expect(await stored(106)).toEqual(before);
  });

  it('is refused in a session that is not strict', async () => {
    const connection = await database.pool.getConnection();
    await connection.query("SET SESSION sql_mode = ''");
    const passed: string[] = [];
    for (const [name, allocations] of Object.entries(ATTACKS)) {
      await connection
        .query('UPDATE product_inventory SET channel_allocations = ? WHERE product_id = 106', [allocations])
        .then(() => passed.push(name))
        .catch(() => undefined);
    }
    connection.destroy();
    expect(passed).toEqual([]);
  });

  it.each(['{}', '[]'])('is refused on update: %s', async (allocations) => {
    await expect(update(allocations)).rejects.toMatchObject({ errno: SIGNALLED });
  });

  it('is refused when only the cap, or only the allocations, change', async () => {
    for (const change of [
      'sellable_cap = sellable_cap + 1',
      'sellable_cap = sellable_cap - 1',
      'sellable_cap = 0',
      "channel_allocations = JSON_SET(channel_allocations, '$.ota.allocated', 2001)",
      "channel_allocations = JSON_SET(channel_allocations, '$.ota.reserved', 1801)",
      "channel_allocations = JSON_SET(channel_allocations, '$.ota.sold', 2001)",
      "channel_allocations = JSON_REMOVE(channel_allocations, '$.ota')",
      "channel_allocations = JSON_REMOVE(channel_allocations, '$.ota.allocated')",
      "channel_allocations = JSON_SET(channel_allocations, '$.ota.reserved', '5')",
      "channel_allocations = JSON_SET(channel_allocations, '$.ota.reserved', 5 / 2)",
    ]) {
      const outcome = await database
        .rows(`UPDATE product_inventory SET ${change} WHERE product_id = 106`)
        .catch((error: unknown) => error);
      expect({ change, errno: (outcome as { errno?: number }).errno }).toEqual({ change, errno: expect.any(Number) });
    }
  });

  it('is refused as a part of many, and by every way to write', async () => {
    await expect(
      database.rows(
        `INSERT INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES
         (2, 1, '{"ota": {"allocated": 1}}'), (3, 1, '{"ota": {"allocated": 2}}')`,
      ),
    ).rejects.toMatchObject({ errno: SIGNALLED });
    expect(await stored(2)).toBeUndefined();
    await expect(
      database.rows(
        `REPLACE INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (1, 1, '{"ota": {"allocated": 2}}')`,
      ),
    ).rejects.toMatchObject({ errno: SIGNALLED });
    await expect(
      database.rows(
        `INSERT INTO product_inventory (product_id, sellable_cap) VALUES (106, 1)
         ON DUPLICATE KEY UPDATE sellable_cap = sellable_cap + 1`,
      ),
    ).rejects.toMatchObject({ errno: SIGNALLED });
    await expect(
      database.rows(
        `INSERT IGNORE INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (1, 1, '{"ota": {"allocated": 2}}')`,
      ),
    ).rejects.toMatchObject({ errno: SIGNALLED });
    await expect(database.rows('UPDATE product_inventory SET channel_allocations = NULL')).rejects.toMatchObject({
      errno: expect.any(Number),
    });
    await database.rows(
      `INSERT IGNORE INTO product_inventory (product_id, sellable_cap, channel_allocations) VALUES (1, 5, '{"ota": {"allocated": 5, "reserved": 1.5}}')`,
    );
    expect(await stored(1)).toBeUndefined();
  });
});

describe('a row that keeps the invariant', () => {
  it.each([
    ['nothing assigned goes to direct', '{}', 7, { direct: { allocated: 7, reserved: 0, sold: 0 } }],
    ['a missing number is 0', '{"ota": {"allocated": 7}}', 7, { ota: { allocated: 7 } }],
    [
      'a channel without numbers is empty',
      '{"ota": {"allocated": 7}, "web": {}}',
      7,
      { ota: { allocated: 7 }, web: {} },
    ],
    [
      'all held',
      '{"ota": {"allocated": 7, "reserved": 3, "sold": 4}}',
      7,
      { ota: { allocated: 7, reserved: 3, sold: 4 } },
    ],
    ['a cap of none', '{"ota": {"allocated": 0}}', 0, { ota: { allocated: 0 } }],
    ['the largest cap', '{"ota": {"allocated": 4294967295}}', 4294967295, { ota: { allocated: 4294967295 } }],
    [
      'any channel name',
      '{"a-b_9": {"allocated": 1}, "aaaaaaaaaaaaaaaaaaaa": {"allocated": 1}}',
      2,
      { 'a-b_9': { allocated: 1 }, aaaaaaaaaaaaaaaaaaaa: { allocated: 1 } },
    ],
  ])('gets through: %s', async (_, allocations, cap, expected) => {
    await insert(allocations, cap);
    expect(await stored(1)).toEqual(expected);
  });

  it('gets through without allocations at all', async () => {
    await database.rows('INSERT INTO product_inventory (product_id, sellable_cap) VALUES (1, 12), (2, 0)');
    expect(await stored(1)).toEqual({ direct: { allocated: 12, reserved: 0, sold: 0 } });
    expect(await stored(2)).toEqual({ direct: { allocated: 0, reserved: 0, sold: 0 } });
  });

  it('gets through when cap and allocations change together', async () => {
    await insert('{"direct": {"allocated": 5}, "ota": {"allocated": 5, "reserved": 2}}', 10);
    await database.rows(
      `UPDATE product_inventory SET sellable_cap = 12, channel_allocations = JSON_SET(channel_allocations, '$.direct.allocated', 7)
       WHERE product_id = 1`,
    );
    expect(await stored(1)).toEqual({ direct: { allocated: 7 }, ota: { allocated: 5, reserved: 2 } });
  });

  it('is never stored with a number that is not whole, whatever its spelling', async () => {
    for (const number of ['5.0', '5e0', '-0', '0.5e1', '5.0000000000000001']) {
      await insert(`{"ota": {"allocated": 5, "reserved": ${number}}}`, 5, 3).catch(() => undefined);
      const [row] = await database.rows<{ type: string }>(
        "SELECT JSON_TYPE(channel_allocations->'$.ota.reserved') AS type FROM product_inventory WHERE product_id = 3",
      );
      expect({ number, type: row?.type ?? 'INTEGER' }).toEqual({ number, type: 'INTEGER' });
      await database.rows('DELETE FROM product_inventory WHERE product_id = 3');
    }
  });
});
