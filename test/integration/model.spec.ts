import fc from 'fast-check';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { sendings } from '../model/asks.js';
import { Model, poolOf } from '../model/model.js';
import { AtOnce, type Believed, type Real } from '../model/model-run.js';
import type { Partner } from '../model/request.js';
import type { Page } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addKey, addPartner } from '../support/partners.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

// docs/model-checking.md has these variables.
const RUNS_BY_DEFAULT = 30;
const RUNS = Number(process.env['MODEL_RUNS'] ?? RUNS_BY_DEFAULT);
const SEED = Number(process.env['MODEL_SEED'] ?? Date.now() % 2 ** 31);
const PATH = process.env['MODEL_PATH'] ?? '';
const REPLAY_PATH = process.env['MODEL_REPLAY_PATH'];

/** Of a case; more find nothing new in it, and take longer to shrink. */
const COMMANDS_MAX = 20;
/** A failure that takes longer to shrink is shown as far as it got. */
const MINUTES_MAX = Math.max(2, RUNS / 100);
const MINUTE_MS = 60_000;

jest.setTimeout(MINUTES_MAX * MINUTE_MS + MINUTE_MS);

/** Two that share a channel, one with a small limit, and one on a channel of its own. */
const PARTNERS: readonly Partner[] = [
  { id: 'partner-a', key: PARTNER_A, channelId: 'ota', quantityMax: 100 },
  { id: 'small', key: 'small_key_of_a_test', channelId: 'ota', quantityMax: 4 },
  { id: 'own-shop', key: OWN_SHOP, channelId: 'direct', quantityMax: 100 },
];
const SHARES: Readonly<Record<string, number>> = { ota: 6, direct: 5 };

let database: TestDatabase;
let apps: readonly TestApp[];
let cases = 0;
const met = new Map<string, number>();
let running: Promise<void> | undefined;

beforeAll(async () => {
  process.stderr.write(`model: MODEL_SEED=${SEED} MODEL_RUNS=${RUNS}\n`);
  database = await demoDatabase();
  for (const { id, key, channelId, quantityMax } of PARTNERS) {
    if (id !== 'small') continue;
    await addPartner(database, id, { channel: channelId, quantityMax });
    await addKey(database, id, key);
  }
  apps = await Promise.all([bootApp(database.url), bootApp(database.url)]);
});
afterAll(async () => {
  await running?.catch(() => undefined); // one that the time limit left behind
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

async function begin(): Promise<{ model: Believed; real: Real }> {
  cases += 1;
  const products = range(10_000 + cases * 10, 2);
  await addProducts(database, products, SHARES);
  const free = products.flatMap((id) => PARTNERS.map((by) => [poolOf(id, by), SHARES[by.channelId] ?? 0] as const));
  const real: Real = {
    ...{ apps, database, products, partners: PARTNERS },
    ...{ keyPrefix: `case-${cases}`, from: Date.now(), known: [], sent: [], story: [], met },
  };
  return { model: { model: Model.of(Object.fromEntries(free)) }, real };
}

/** What the database and the lists of the partners say in the end is what the model says. */
async function expectTheSame({ model }: Believed, { products }: Real): Promise<void> {
  await apps[0]?.app.get(ExpiryJob).run();
  const stored = await database.rows<{ product_id: number; channel_allocations: unknown }>(
    'SELECT product_id, channel_allocations FROM product_inventory WHERE product_id IN (?)',
    [products],
  );
  expect(new Map(stored.map((row) => [row.product_id, row.channel_allocations]))).toEqual(
    new Map(products.map((id) => [id, allocationsOf(model, id)])),
  );
  for (const by of PARTNERS) {
    const listed = await listOf(by, products);
    const own = [...model.reservations].filter(([, reservation]) => reservation.by === by);
    expect(new Map(listed.map((one) => [one.reservation_id, `${one.quantity} ${one.status}`]))).toEqual(
      new Map(own.map(([id, { quantity, status }]) => [id, `${quantity} ${status}`])),
    );
  }
  const [orders] = await database.rows<{ confirmed: number }>(
    "SELECT COUNT(*) AS confirmed FROM orders WHERE product_id IN (?) AND status = 'confirmed'",
    [products],
  );
  const sales = [...model.reservations.values()].filter(({ status }) => status === 'activated');
  expect(orders?.confirmed).toBe(sales.length);
}

async function listOf({ key }: Partner, products: readonly number[]): Promise<Page['reservations']> {
  const [, other] = apps;
  if (!other) throw new Error('there is no second instance');
  const pages = await Promise.all(products.map((id) => other.api.reservations(key, `?product_id=${id}&limit=100`)));
  return pages.flatMap(({ body }) => body.reservations);
}

const allocationsOf = (model: Model, productId: number): Record<string, unknown> =>
  Object.fromEntries(
    PARTNERS.map((by) => {
      const { free = 0, reserved = 0, sold = 0 } = model.pools.get(poolOf(productId, by)) ?? {};
      return [by.channelId, { allocated: free + reserved + sold, reserved, sold }];
    }),
  );

async function runCase(commands: Iterable<fc.AsyncCommand<Believed, Real>>): Promise<void> {
  const { model, real } = await begin();
  await fc.asyncModelRun(() => ({ model, real }), commands);
  await expectTheSame(model, real);
}

/** What a run has to meet to have tried anything. */
const MET = [
  ...['reserve 201', 'reserve 201 replayed', 'reserve insufficient_inventory', 'reserve quantity_out_of_range'],
  ...[
    'reserve idempotency_key_reused',
    'activate 200',
    'activate status_conflict',
    'extend 200',
    'extend status_conflict',
  ],
  ...[
    'cancel 200',
    'cancel 200 replayed',
    'cancel status_conflict',
    'cancel reservation_not_found',
    'look 200',
    'read 200',
  ],
];

describe('two instances and the model', () => {
  it('answer the same, whatever is asked for, one after the other and at once', async () => {
    const commands = fc.commands([sendings.map((some) => new AtOnce(some))], {
      maxCommands: COMMANDS_MAX,
      size: 'max',
      ...(REPLAY_PATH !== undefined && { replayPath: REPLAY_PATH }),
    });
    await fc.assert(
      fc.asyncProperty(commands, (some) => (running = runCase(some))),
      { seed: SEED, path: PATH, numRuns: RUNS, interruptAfterTimeLimit: MINUTES_MAX * MINUTE_MS },
    );
    await expectSound(database);
    process.stderr.write(`model: ${cases} cases, ${JSON.stringify(Object.fromEntries(met))}\n`);
    if (RUNS >= RUNS_BY_DEFAULT && PATH === '') expect(MET.filter((outcome) => !met.has(outcome))).toEqual([]);
  });
});
