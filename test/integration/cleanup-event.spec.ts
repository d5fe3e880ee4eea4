import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';
import { range } from '../support/stock.js';
import { eventually } from '../support/wait.js';

interface HoldRow {
  readonly product: number;
  readonly channel: string;
  readonly partner: string;
  readonly quantity: number;
  readonly status: 'active' | 'cancelled';
  /** Overdue for so long; negative: still due. */
  readonly overdueMinutes: number;
}

const BUYERS = [
  { channel: 'ota', partner: 'partner-a' },
  { channel: 'ota', partner: 'partner-b' },
  { channel: 'direct', partner: 'own-shop' },
] as const;

/** Two products, two channels, three partners: some overdue, some not, some no longer active. */
const HOLDS: readonly HoldRow[] = range(0, 48).map((n) => ({
  product: n % 2 ? 107 : 106,
  ...(BUYERS[n % 3] ?? BUYERS[0]),
  quantity: (n % 5) + 1,
  status: n % 8 === 7 ? 'cancelled' : 'active',
  overdueMinutes: n % 4 === 3 ? -60 : ((n * 7) % 48) + 1,
}));

let databases: TestDatabase[];
beforeEach(async () => {
  databases = await Promise.all([demoDatabase(), demoDatabase()]);
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.drop()));
});

/** Puts the same holds into a database, with their counters and their ledger. */
async function fill(database: TestDatabase, holds = HOLDS): Promise<void> {
  const now = Date.now();
  for (const [n, { product, channel, partner, quantity, status, overdueMinutes }] of holds.entries()) {
    const id = `res_test_${String(n).padStart(3, '0')}`;
    const expires = new Date(now - overdueMinutes * 60_000);
    await database.rows(
      `INSERT INTO channel_reservations (reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status, expires_at, pricing_snapshot, released_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', IF(? = 'active', NULL, NOW(6)));
       UPDATE product_inventory SET movement_seq = movement_seq + 1,
         channel_allocations = JSON_SET(channel_allocations, '$.${channel}.reserved', CAST(channel_allocations->'$.${channel}.reserved' + ? AS SIGNED))
       WHERE product_id = ?;
       INSERT INTO inventory_movements (product_id, seq, channel_id, kind, units, reservation_id, partner_id, allocated, reserved, sold, occurred_at)
       SELECT product_id, movement_seq, ?, 'reserved', ?, ?, ?, channel_allocations->'$.${channel}.allocated',
         channel_allocations->'$.${channel}.reserved', channel_allocations->'$.${channel}.sold', NOW(6)
       FROM product_inventory WHERE product_id = ?`,
      // prettier-ignore
      [
        id, product, channel, partner, quantity, quantity, status, expires, status,
        status === 'active' ? quantity : 0, product,
        channel, status === 'active' ? quantity : 0, id, partner, product,
      ],
    );
  }
  await expectSound(database);
}

async function callBody(database: TestDatabase): Promise<void> {
  const [event] = await database.rows<{ body: string; mode: string }>(
    `SELECT EVENT_DEFINITION AS body, SQL_MODE AS mode FROM information_schema.EVENTS
     WHERE EVENT_SCHEMA = DATABASE() AND EVENT_NAME = 'cleanup_expired_reservations'`,
  );
  await database.rows(
    `DROP PROCEDURE IF EXISTS cleanup; CREATE PROCEDURE cleanup() ${event?.body ?? ''}; CALL cleanup()`,
  );
}

/** All that a release changes, in an order that doesn't depend on which channel came first. */
async function stateOf(database: TestDatabase) {
  return {
    reservations: await database.rows(
      `SELECT reservation_id, product_id, channel_id, partner_id, quantity, quantity_held, status,
         released_at IS NULL AS held, released_at > NOW(6) - INTERVAL 1 MINUTE AS now_released
       FROM channel_reservations ORDER BY reservation_id`,
    ),
    inventory: await database.rows(
      'SELECT product_id, sellable_cap, movement_seq, channel_allocations FROM product_inventory ORDER BY product_id',
    ),
    movements: await database.rows(
      `SELECT product_id, channel_id, kind, units, reservation_id, partner_id, allocated, reserved, sold
       FROM inventory_movements ORDER BY product_id, channel_id, seq`,
    ),
  };
}

const both = (): [event: TestDatabase, job: TestDatabase] => databases as [TestDatabase, TestDatabase];

describe('the cleanup event', () => {
  it('is there, switched off, for every hour', async () => {
    const [database] = both();
    const events = await database.rows(
      `SELECT EVENT_NAME, STATUS, INTERVAL_VALUE, INTERVAL_FIELD FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()`,
    );
    expect(events).toEqual([
      {
        EVENT_NAME: 'cleanup_expired_reservations',
        STATUS: 'DISABLED',
        INTERVAL_VALUE: '1',
        INTERVAL_FIELD: 'HOUR',
      },
    ]);
  });

  it('does what the job does, and a second run nothing', async () => {
    const [event, job] = both();
    await Promise.all([fill(event), fill(job)]);
    await callBody(event);
    const service = await bootApp(job.url);
    const released = await service.app.get(ExpiryJob).run();
    await service.close();

    expect(released).toBe(
      HOLDS.filter(({ status, overdueMinutes }) => status === 'active' && overdueMinutes > 0).length,
    );
    const after = await stateOf(event);
    expect(after).toEqual(await stateOf(job));
    await Promise.all([expectSound(event), expectSound(job)]);

    await callBody(event);
    expect(await stateOf(event)).toEqual(after);
  });

  it('changes nothing when nothing is due', async () => {
    const [database] = both();
    await fill(
      database,
      HOLDS.filter(({ status, overdueMinutes }) => status === 'cancelled' || overdueMinutes < 0),
    );
    const before = await stateOf(database);
    await callBody(database);
    expect(await stateOf(database)).toEqual(before);
    const stamps = await database.rows('SELECT 1 FROM product_inventory WHERE updated_at > NOW(6)');
    expect(stamps).toEqual([]);
  });

  it('leaves nothing half done when it fails', async () => {
    const [database] = both();
    await fill(database);
    const before = await stateOf(database);
    await database.rows(
      `CREATE TRIGGER broken BEFORE UPDATE ON product_inventory FOR EACH ROW
       SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'`,
    );
    await expect(callBody(database)).rejects.toThrow('broken');
    await database.rows('DROP TRIGGER broken');
    expect(await stateOf(database)).toEqual(before);
    await expectSound(database);
  });

  it('beside running jobs releases each hold once', async () => {
    const [database] = both();
    await fill(database);
    const service = await bootApp(database.url);
    await Promise.all([callBody(database), service.app.get(ExpiryJob).run(), service.app.get(ExpiryJob).run()]);
    await service.close();
    await expectSound(database);
    const twice = await database.rows(
      "SELECT reservation_id FROM inventory_movements WHERE kind = 'expired' GROUP BY reservation_id HAVING COUNT(*) > 1",
    );
    expect(twice).toEqual([]);
  });

  it('works under the scheduler once it is enabled', async () => {
    const [database] = both();
    await fill(database);
    await database.rows('ALTER EVENT cleanup_expired_reservations ON SCHEDULE EVERY 1 SECOND ENABLE');
    await eventually('released holds', async () => {
      const overdue = await database.rows(
        "SELECT 1 FROM channel_reservations WHERE status = 'active' AND expires_at <= NOW(6)",
      );
      return overdue.length === 0;
    });
    await database.rows('ALTER EVENT cleanup_expired_reservations ON SCHEDULE EVERY 1 HOUR DISABLE');
    await expectSound(database);
    const [{ expired } = { expired: 0 }] = await database.rows<{ expired: number }>(
      "SELECT COUNT(*) AS expired FROM inventory_movements WHERE kind = 'expired'",
    );
    expect(expired).toBe(
      HOLDS.filter(({ status, overdueMinutes }) => status === 'active' && overdueMinutes > 0).length,
    );
  });
});
