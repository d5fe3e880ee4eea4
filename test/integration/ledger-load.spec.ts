import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import { bootApp, OWN_SHOP, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import type { Balance, Explained } from '../support/ledger.js';
import { makeLapse, addProducts } from '../support/stock.js';
import { expectSound } from '../support/soundness.js';

jest.setTimeout(90_000);

const PRODUCT = 901;
const LOAD_MS = 6_000;
/** No less than so much has to have happened, however busy the machine is. */
const READ_MIN = 300;

let database: TestDatabase;
let apps: [TestApp, TestApp];

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  await addProducts(database, [PRODUCT], { ota: 60, direct: 40 });
  apps = [await bootApp(database.url), await bootApp(database.url)];
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await expectSound(database);
  await database.drop();
});

const KEYS = [PARTNER_A, PARTNER_B, OWN_SHOP] as const;
const one = <T>(of: readonly T[]): T => {
  const chosen = of[Math.floor(Math.random() * of.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
};

/** A hold, and what becomes of it. */
async function sell(): Promise<void> {
  const key = one(KEYS);
  const { status, body } = await one(apps).api.reserve(key, {
    product_id: PRODUCT,
    quantity: 1 + Math.floor(Math.random() * 4),
  });
  if (status !== 201) return;
  const then = Math.random();
  if (then < 0.3) await makeLapse(database, body.reservation_id);
  else if (then < 0.6) await one(apps).api.step(key, body.reservation_id, 'cancel');
  else if (then < 0.8) {
    await one(apps).api.step(key, body.reservation_id, 'activate', { quantity: 1 });
    if (Math.random() < 0.9) await one(apps).api.step(key, body.reservation_id, 'cancel');
  }
}

async function operate(): Promise<void> {
  const [from, to] = one([
    ['ota', 'direct'],
    ['direct', 'ota'],
  ]);
  const headers = { 'if-match': '*' };
  if (Math.random() < 0.8) {
    const units = 1 + Math.floor(Math.random() * 10);
    await one(apps).api.desk(OPERATOR, `POST products/${PRODUCT}/transfers`, { from, to, units }, headers);
  } else {
    const sellable_cap = 95 + Math.floor(Math.random() * 10);
    await one(apps).api.desk(OPERATOR, `PUT products/${PRODUCT}/sellable-cap`, { sellable_cap }, headers);
  }
}

type Parts = Readonly<Record<'free' | 'held' | 'overdue' | 'sold' | 'unaccounted', number>>;
const sumOf = ({ free, held, overdue, sold, unaccounted }: Parts): number => free + held + overdue + sold + unaccounted;
const add = (of: readonly object[], part: string): number =>
  of.reduce((sum, each) => sum + Number((each as Record<string, unknown>)[part]), 0);

/** What an operator was told that can't be. */
function faultsOf(told: Explained): string[] {
  const negative = [told, ...told.channels].some((parts) =>
    [parts.free, parts.held, parts.overdue, parts.sold].some((units) => units < 0),
  );
  return [
    ...(negative ? ['a part is negative'] : []),
    ...(told.unaccounted === 0 ? [] : ['units are unaccounted for']),
    ...(sumOf(told) === told.sellable_cap ? [] : ['the parts are not the cap']),
    ...(add(told.channels, 'allocated') === told.sellable_cap ? [] : ['the channels have not the cap']),
    ...told.channels.flatMap((channel) =>
      sumOf(channel) === channel.allocated ? [] : [`the parts of ${channel.channel_id} are not what it has`],
    ),
    ...(['held', 'overdue', 'sold'] as const).flatMap((part) =>
      add(told.partners, part) === told[part] ? [] : [`partners have not all that is ${part}`],
    ),
    ...(add(told.soonest, 'units') === told.held ? [] : ['the holds are not all that is held']),
    ...(told.soonest.length === told.holds ? [] : ['there are not so many holds']),
    ...(told.soonest.every(({ reserved_until }) => reserved_until > told.as_of) ? [] : ['a hold is over']),
  ];
}

interface Snapshot {
  readonly at: string;
  readonly seq: number;
  readonly cap: number;
  readonly channels: Readonly<Record<string, { allocated: number; reserved: number; sold: number }>>;
}

/** The product's counters, read with its row locked, so that nothing is under way at that time. */
async function snapshot(): Promise<Snapshot> {
  const connection = await database.pool.getConnection();
  try {
    await connection.query('START TRANSACTION');
    const [rows] = await connection.query(
      `SELECT DATE_FORMAT(SYSDATE(6), '%Y-%m-%dT%H:%i:%s.%fZ') AS at, movement_seq AS seq, sellable_cap AS cap,
         channel_allocations AS channels FROM product_inventory WHERE product_id = ? FOR UPDATE`,
      [PRODUCT],
    );
    // The ledger tells milliseconds: what comes next has another one.
    await connection.query('DO SLEEP(0.003)');
    const [row] = rows as Snapshot[];
    if (!row) throw new Error('the product has no row');
    return row;
  } finally {
    await connection.query('COMMIT');
    connection.release();
  }
}

it('every reading of a product adds up while it is sold, taken back and transferred on two instances', async () => {
  const until = performance.now() + LOAD_MS;
  const told: Explained[] = [];
  const partly: { allocated: number; free: number; held: number; sold: number; own: { units: number } }[] = [];
  const snapshots: Snapshot[] = [];
  const busy = (): boolean => performance.now() < until || told.length < READ_MIN;
  const repeat = async (work: () => Promise<unknown>): Promise<void> => {
    while (busy()) await work();
  };
  const read = async (): Promise<void> => {
    const path = `/api/ota/inventory/${PRODUCT}/explain?limit=200`;
    told.push((await one(apps).api.get<Explained>(OPERATOR, path)).body);
    partly.push((await one(apps).api.get<(typeof partly)[number]>(one(KEYS), path)).body);
  };
  await Promise.all([
    ...Array.from({ length: 10 }, () => repeat(sell)),
    ...Array.from({ length: 2 }, () => repeat(operate)),
    ...Array.from({ length: 4 }, () => repeat(read)),
    repeat(async () => {
      await one(apps).app.get(ExpiryJob).run();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }),
    repeat(async () => {
      snapshots.push(await snapshot());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }),
  ]);

  expect(told.length).toBeGreaterThanOrEqual(READ_MIN);
  expect([...new Set(told.flatMap(faultsOf))]).toEqual([]);
  for (const { allocated, free, held, sold, own } of partly) {
    expect(free + held + sold).toBe(allocated);
    expect(Math.min(free, held, sold, held - own.units)).toBeGreaterThanOrEqual(0);
  }
  // It was no calm that was read.
  for (const part of ['held', 'overdue', 'sold', 'sellable_cap'] as const)
    expect([part, new Set(told.map((one) => one[part])).size > 1]).toEqual([part, true]);

  expect(snapshots.length).toBeGreaterThan(20);
  expect(new Set(snapshots.map(({ seq }) => seq)).size).toBeGreaterThan(20);
  for (const { at, seq, cap, channels } of snapshots) {
    const { body } = await one(apps).api.desk<Balance>(OPERATOR, `GET products/${PRODUCT}/balance?at=${at}`);
    expect({
      at: body.at,
      seq: body.seq,
      cap: body.sellable_cap,
      channels: Object.fromEntries(
        body.channels.map(({ channel_id, allocated, reserved, sold }) => [channel_id, { allocated, reserved, sold }]),
      ),
    }).toEqual({ at, seq, cap, channels });
  }
});
