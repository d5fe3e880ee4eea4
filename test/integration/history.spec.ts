import { setTimeout as sleep } from 'node:timers/promises';

import type { Line, Operation } from '../model/history.js';
import { faultsOf } from '../model/history-check.js';
import { runLoad } from '../model/load.js';
import type { Partner } from '../model/request.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B } from '../support/app.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { type Service, startService } from '../support/service.js';
import { expectSound } from '../support/soundness.js';
import { addProducts } from '../support/stock.js';

// docs/model-checking.md has these variables.
const SECONDS = Number(process.env['HISTORY_SECONDS'] ?? 4);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);

jest.setTimeout(SECONDS * 4_000 + 120_000);

const PARTNERS: readonly Partner[] = [
  { id: 'partner-a', key: PARTNER_A, channelId: 'ota', quantityMax: 100 },
  { id: 'partner-b', key: PARTNER_B, channelId: 'ota', quantityMax: 100 },
  { id: 'own-shop', key: OWN_SHOP, channelId: 'direct', quantityMax: 100 },
];
/** Few units for 24 clients, so that most of them are after the same ones. */
const SHARES = { ota: 12, direct: 6 };
const CLIENTS = 24;
/** A busy machine takes longer to get to where everything has happened; the checker reads so many in a few seconds. */
const OPERATIONS = { min: 800, max: 1_000 * SECONDS };

let database: TestDatabase;
let services: [Service, Service];

const start = (): Promise<Service> =>
  startService({ DATABASE_URL: database.url, DEMO_DATA: 'true', EXPIRY_INTERVAL_SECONDS: '1', LOG_LEVEL: 'warn' });

beforeAll(async () => {
  process.stderr.write(`history: MODEL_SEED=${SEED} HISTORY_SECONDS=${SECONDS}\n`);
  database = await emptyDatabase();
  services = await Promise.all([start(), start()]);
});
afterAll(async () => {
  await Promise.all(services.map((service) => service.end()));
  // Only now: while they run, their jobs release what falls due.
  await expectSound(database);
  await database.drop();
});

const ledgerOf = async (productIds: readonly number[]): Promise<Line[]> => {
  const rows = await database.rows<Omit<Line, 'occurredAt'> & { readonly occurredAt: Date }>(
    `SELECT product_id AS productId, seq, channel_id AS channelId, kind, units, reservation_id AS reservationId,
       partner_id AS partnerId, allocated, reserved, sold, batch_id AS batchId, occurred_at AS occurredAt
     FROM inventory_movements WHERE product_id IN (?)`,
    [productIds],
  );
  return rows.map((row) => ({ ...row, occurredAt: row.occurredAt.getTime() }));
};

const load = (name: string, productIds: readonly number[]): Promise<Operation[]> => {
  const apis = services.map(({ api }) => api);
  const bounds = { clients: CLIENTS, forMs: SECONDS * 1_000, operations: OPERATIONS };
  return runLoad({ name, apis, partners: PARTNERS, productIds, ...bounds, seed: SEED });
};

/** Whether there was anything to explain. */
function expectConflicts(operations: readonly Operation[], ledger: readonly Line[]): void {
  const answered = (code: string): number => operations.filter(({ answer }) => answer?.body.code === code).length;
  const lines = (kind: string): number => ledger.filter((line) => line.kind === kind).length;
  const facts = {
    refused: answered('insufficient_inventory'),
    conflicts: answered('status_conflict'),
    strangers: answered('reservation_not_found'),
    replays: operations.filter(({ answer }) => answer?.replayed).length,
    looks: operations.filter(({ request }) => request.kind === 'look').length,
    ...{ sold: lines('activated'), cancelled: lines('cancelled'), expired: lines('expired') },
  };
  process.stderr.write(`history: ${operations.length} operations, ${ledger.length} lines, ${JSON.stringify(facts)}\n`);
  expect(Object.entries(facts).filter(([, count]) => count === 0)).toEqual([]);
}

describe('24 clients of two instances', () => {
  it('are told what one serial order per product explains', async () => {
    const productIds = [1101, 1102];
    await addProducts(database, productIds, SHARES);
    const operations = await load('calm', productIds);
    const ledger = await ledgerOf(productIds);
    expect(faultsOf({ operations, ledger })).toEqual([]);
    expect(operations.filter(({ answer }) => !answer)).toEqual([]);
    expectConflicts(operations, ledger);
  });

  it('are told so as well when one instance is killed and starts again', async () => {
    const productIds = [1111, 1112];
    await addProducts(database, productIds, SHARES);
    const loaded = load('killed', productIds);
    await sleep(SECONDS * 400);
    await services[1].end('SIGKILL');
    const operations = await loaded;
    services[1] = await start();
    const ledger = await ledgerOf(productIds);
    expect(faultsOf({ operations, ledger })).toEqual([]);
    expect(operations.filter(({ answer }) => !answer).length).toBeGreaterThan(0);
    expectConflicts(operations, ledger);
  });
});
