import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';

import { type EmbeddedMysql, startEmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { loadDemoData } from '../../src/database/demo-data.js';
import { migrate } from '../../src/database/migrations.js';
import { connectionOptions } from '../../src/database/pools.js';
import { checkServer } from '../../src/database/server-check.js';
import type { Api } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { FETCH_MAX_MS } from '../support/debian-tools.js';
import { type MysqlTools, mysqlTools } from '../support/mysql-tools.js';
import { expectSound } from '../support/soundness.js';

jest.setTimeout(FETCH_MAX_MS);

const DATABASE = 'allotment_drill';
const quiet = (): void => undefined;

let tools: MysqlTools;
let first: EmbeddedMysql;
let second: EmbeddedMysql;
let restored: Pool;

const start = (): Promise<EmbeddedMysql> =>
  startEmbeddedMysql({
    dataDir: mkdtempSync(join(tmpdir(), 'allotment-drill-')),
    say: quiet,
    ...(process.env['MYSQLD'] ? { mysqld: process.env['MYSQLD'] } : {}),
  });

beforeAll(async () => {
  tools = await mysqlTools();
  [first, second] = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await restored.end();
  for (const server of [first, second]) {
    await server.stop();
    rmSync(server.dataDir, { recursive: true, force: true });
  }
  tools.remove();
});

/** What clients were told, by reservation. */
type Told = Map<string, { readonly key: string; readonly status: string; readonly orderId: number | null }>;

/** Sells until told to stop, and at least a few; writes down every answer. */
async function trade(api: Api, told: Told, goesOn: () => boolean): Promise<void> {
  for (let n = 0; n < 18 || (goesOn() && n < 2_000); n++) {
    const key = [PARTNER_A, PARTNER_B, OWN_SHOP][n % 3] ?? PARTNER_A;
    const held = await api.reserve(
      key,
      { product_id: 106 + (n % 2), quantity: 2 },
      { 'idempotency-key': `${told.size}` },
    );
    expect(held.status).toBe(201);
    const id = held.body.reservation_id;
    told.set(id, { key, status: 'active', orderId: null });
    const step = ([undefined, 'activate', 'cancel'] as const)[Math.floor(n / 3) % 3];
    if (!step) continue;
    const { status, body } = await api.step(key, id, step);
    expect(status).toBe(200);
    told.set(id, { key, status: body.status, orderId: body.order_id });
  }
}

async function asRoot(server: EmbeddedMysql, sql: string): Promise<void> {
  const root = await createConnection({ uri: server.rootUrl(DATABASE), multipleStatements: true });
  await root.query(sql);
  await root.end();
}

describe('after a disaster', () => {
  it('a backup and the binary logs bring back all that clients were told', async () => {
    const url = first.url(DATABASE);
    await checkServer(url, 0, quiet);
    await migrate(url, quiet);
    await loadDemoData(url);
    const grants = readFileSync(join(__dirname, '..', '..', 'deploy', 'mysql', 'backup-grants.sql'), 'utf8');
    await asRoot(first, `CREATE USER 'allotment_backup'@'%' IDENTIFIED BY 'secret'; ${grants}`);
    const backupUrl = new URL(url);
    backupUrl.username = 'allotment_backup';
    backupUrl.password = 'secret';
    const logs = join(tools.folder, 'logs');
    mkdirSync(logs);
    const variables = {
      OPTIONS: tools.optionFile('first', backupUrl.href),
      DATABASE,
      BACKUPS: tools.folder,
      LOGS: logs,
      PATTERN: `### DELETE FROM \`${DATABASE}\`.\`channel_reservations\``,
    };

    const told: Told = new Map();
    const service = await bootApp(url);
    await trade(service.api, told, () => false);
    // The backup is taken while sales go on.
    let running = true;
    const trading = trade(service.api, told, () => running);
    const backup = (await tools.documented('deploy/mysql/backup.sh', variables)).trim();
    running = false;
    await trading;
    await tools.documented('deploy/mysql/copy-binlogs.sh', variables);
    await asRoot(first, 'FLUSH BINARY LOGS');
    await trade(service.api, told, () => false);
    await asRoot(first, 'DELETE FROM channel_reservations');
    const after = await service.api.reserve(PARTNER_A, { product_id: 108, quantity: 1 });
    await service.close();

    await tools.documented('deploy/mysql/copy-binlogs.sh', variables);
    await first.stop();
    const found = await tools.documented('deploy/mysql/find-in-binlogs.sh', variables);
    expect(found.trim().split('\n')).toHaveLength(1);
    await tools.documented('deploy/mysql/restore.sh', {
      ...variables,
      OPTIONS: tools.optionFile('second', second.rootUrl()),
      BACKUP: backup,
      UNTIL: found.split(' ')[0] ?? '',
    });

    restored = createPool({ ...connectionOptions(second.url(DATABASE)), multipleStatements: true });
    const [rows] = await restored.query<RowDataPacket[]>(
      'SELECT reservation_id, status, order_id FROM channel_reservations',
    );
    const kept = new Map(rows.map((row) => [row['reservation_id'] as string, row]));
    expect(told.size).toBeGreaterThan(30);
    for (const [id, { status, orderId }] of told) {
      expect(kept.get(id)).toMatchObject({ reservation_id: id, status, order_id: orderId });
    }
    expect(kept.has(after.body.reservation_id)).toBe(false);
    await countCleanly();
  });

  it('the restored database still guards itself', async () => {
    await expect(restored.query('UPDATE product_inventory SET sellable_cap = sellable_cap + 1')).rejects.toThrow(
      'channel allocations must sum to sellable_cap',
    );
    await expect(
      restored.query(
        "UPDATE product_inventory SET channel_allocations = JSON_SET(channel_allocations, '$.ota.sould', 1)",
      ),
    ).rejects.toThrow('product_inventory_allocations_shape');
    const [events] = await restored.query(
      'SELECT EVENT_NAME, STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?',
      [DATABASE],
    );
    expect(events).toEqual([{ EVENT_NAME: 'cleanup_expired_reservations', STATUS: 'DISABLED' }]);
  });

  it('the service starts on it and sells on', async () => {
    const url = second.url(DATABASE);
    expect(await migrate(url, quiet)).toEqual([]);
    const service = await bootApp(url);
    const told: Told = new Map();
    await trade(service.api, told, () => false);
    for (const [id, { key, status }] of told) {
      expect((await service.api.reservation(key, id)).body).toMatchObject({ reservation_id: id, status });
    }
    await service.close();
    await countCleanly();
  });

  it.each([
    [
      'a reservation changed by hand',
      "UPDATE channel_reservations SET quantity = 1 WHERE status = 'active' LIMIT 1",
      'reserved is not',
    ],
    ['a sale lost', "DELETE FROM channel_reservations WHERE status = 'activated' LIMIT 1", 'sold is not'],
    [
      'a line of the ledger lost',
      'DELETE FROM inventory_movements WHERE product_id = 106 ORDER BY seq DESC LIMIT 1',
      'the ledger ends',
    ],
    [
      'a line within the ledger lost',
      'DELETE FROM inventory_movements WHERE product_id = 107 AND seq = (SELECT movement_seq - 2 FROM product_inventory WHERE product_id = 107)',
      'the ledger has a gap',
    ],
    [
      'an order cancelled by hand',
      "UPDATE orders o JOIN channel_reservations r ON r.order_id = o.id SET o.status = 'cancelled' WHERE r.status = 'activated'",
      'a sale without its confirmed order',
    ],
    [
      'a trigger dropped',
      'DROP TRIGGER product_inventory_before_update',
      'the trigger is missing: product_inventory_before_update',
    ],
  ])('the count finds %s', async (_, harm, fault) => {
    expect(await counted()).not.toContain(fault);
    await restored.query(harm);
    expect(await counted()).toContain(fault);
  });

  const counted = (): Promise<string> =>
    tools.documented('mysql --defaults-file="$OPTIONS" "$DATABASE" < deploy/mysql/check-counters.sql', {
      OPTIONS: tools.optionFile('second', second.rootUrl()),
      DATABASE,
    });

  const countCleanly = async (): Promise<void> => {
    expect(await counted()).toBe('');
    await expectSound({
      url: second.url(DATABASE),
      pool: restored,
      async rows<T>(sql: string, values: readonly unknown[] = []): Promise<T[]> {
        const [rows] = await restored.query<RowDataPacket[]>(sql, [...values]);
        return rows as T[];
      },
      drop: () => restored.end(),
    });
  };
});
