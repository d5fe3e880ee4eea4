import { setTimeout as sleep } from 'node:timers/promises';

import type { AllotmentChangeResponse, AllotmentResponse } from '../../src/inventory/allotment.dto.js';
import type { Line } from '../model/history.js';
import { readLedger } from '../model/ledger.js';
import type { Api, Problem, Reply } from '../support/api.js';
import { bootApp, OWN_SHOP, PARTNER_A, PARTNER_B, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

jest.setTimeout(60_000);

/** How long clients and operators go on. */
const LOAD_MS = 6_000;
const OPERATORS = 50;
const CLIENTS = 64;
const PRODUCTS = [921, 922];
const CAP = 400;
/** Of an operator that takes the allotment as it is: one who reads it first needs a moment without a change. */
const PAUSE_MS = 400;

let database: TestDatabase;
let apps: TestApp[];

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  await addProducts(database, PRODUCTS, { direct: CAP / 2, ota: CAP / 2 });
  apps = [await bootApp(database.url), await bootApp(database.url)];
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await database.drop();
});

const apiOf = (n: number): Api => {
  const app = apps[n % apps.length];
  if (!app) throw new Error('no app');
  return app.api;
};
const productOf = (n: number): number => PRODUCTS[(n >> 1) % PRODUCTS.length] ?? 0;

/** A transfer that was answered 200, by the reason that names it. */
interface Moved {
  readonly reason: string;
  readonly from: string;
  readonly to: string;
  readonly units: number;
  readonly productId: number;
}

const statuses = new Map<string, number>();
function count<T>(who: string, reply: Reply<T>): Reply<T> {
  const name = `${who} ${reply.status}`;
  statuses.set(name, (statuses.get(name) ?? 0) + 1);
  return reply;
}

async function operator(n: number, goesOn: () => boolean): Promise<Moved[]> {
  const [api, productId] = [apiOf(n), productOf(n)];
  const careful = n % 2 === 0;
  const moved: Moved[] = [];
  for (let nth = 0; goesOn(); nth++) {
    const there = (n + nth) % 2 === 0;
    const move = { from: there ? 'ota' : 'direct', to: there ? 'direct' : 'ota', units: 1 + ((n * 7 + nth) % 9) };
    const body = { ...move, reason: `operator ${n}, transfer ${nth}` };
    let version = '*';
    for (let tries = 0; tries < 20 && goesOn(); tries++) {
      if (careful) {
        const read = await api.desk<AllotmentResponse>(OPERATOR, `GET products/${productId}/allotment`);
        version = read.headers.get('etag') ?? '';
      }
      const reply = count(
        careful ? 'careful' : 'any',
        await api.desk<AllotmentChangeResponse & Omit<Problem, 'status'>>(
          OPERATOR,
          `POST products/${productId}/transfers`,
          body,
          { 'if-match': version, 'idempotency-key': body.reason },
        ),
      );
      if (reply.status === 200) {
        moved.push({ ...body, productId });
        expect(reply.body.allotment.sellable_cap).toBe(CAP);
        const sum = reply.body.allotment.channels.reduce((all, { allocated }) => all + allocated, 0);
        expect(sum).toBe(CAP);
        if (careful) expect(`"${before(reply.body)}"`).toBe(version);
      } else expect([409, 412]).toContain(reply.status);
      if (reply.status !== 412) break;
    }
    if (!careful) await sleep(PAUSE_MS);
  }
  return moved;
}

/** The version that the change was made to. */
function before({ changes, allotment }: AllotmentChangeResponse): string {
  const was = new Map(allotment.channels.map(({ channel_id, allocated }) => [channel_id, allocated]));
  for (const { channel_id, before: share } of changes) was.set(channel_id, share.allocated);
  return [String(CAP), ...[...was].map(([id, units]) => `${id}-${units}`)].join('.');
}

async function client(n: number, goesOn: () => boolean): Promise<void> {
  const [api, product_id] = [apiOf(n), productOf(n)];
  const key = [PARTNER_A, PARTNER_B, OWN_SHOP][n % 3] ?? PARTNER_A;
  const kept: string[] = [];
  for (let nth = n; goesOn(); nth++) {
    const made = count('reserve', await api.reserve(key, { product_id, quantity: 1 + (nth % 5) }));
    if (made.status === 201) kept.push(made.body.reservation_id);
    // What is not sold is given back, so that units keep moving.
    const id = kept.length > nth % 3 ? kept.shift() : undefined;
    if (id === undefined) continue;
    if (nth % 2 === 0) count('activate', await api.step(key, id, 'activate'));
    count('cancel', await api.step(key, id, 'cancel'));
  }
}

describe(`${OPERATORS} operators transferring back and forth under ${CLIENTS} clients`, () => {
  let moved: Moved[];
  beforeAll(async () => {
    const until = performance.now() + LOAD_MS;
    const goesOn = (): boolean => performance.now() < until;
    const clients = range(0, CLIENTS).map((n) => client(n, goesOn));
    moved = (await Promise.all(range(0, OPERATORS).map((n) => operator(n, goesOn)))).flat();
    await Promise.all(clients);
  });

  it('get no answer but yes, too few units, and another version', () => {
    const told = Object.fromEntries([...statuses].sort());
    expect(Object.keys(told).filter((name) => !/ (200|201|409)$|^careful 412$/.test(name))).toEqual([]);
    for (const name of ['any 200', 'careful 200', 'careful 412', 'reserve 201', 'activate 200', 'cancel 200']) {
      expect({ name, happened: (told[name] ?? 0) > 0 }).toEqual({ name, happened: true });
    }
  });

  it('leave everything sound', async () => {
    await expectSound(database);
    const rows = await database.rows('SELECT sellable_cap FROM product_inventory WHERE product_id IN (?)', [PRODUCTS]);
    expect(rows).toEqual(PRODUCTS.map(() => ({ sellable_cap: CAP })));
  });

  it('have each transfer in the ledger once: one line gives, and the next gets', async () => {
    const lines = await database.rows<{
      product_id: number;
      channel_id: string;
      kind: string;
      units: number;
      reason: string;
    }>(
      `SELECT product_id, channel_id, kind, units, reason FROM inventory_movements
       WHERE kind IN ('allocated', 'deallocated') ORDER BY product_id, seq`,
    );
    const written = lines.flatMap((gives, n) => {
      if (n % 2 === 1) return [];
      const gets = lines[n + 1];
      expect([gives.kind, gets?.kind, gets?.units, gets?.reason]).toEqual([
        'deallocated',
        'allocated',
        gives.units,
        gives.reason,
      ]);
      const { reason, units, product_id: productId } = gives;
      return [{ reason, from: gives.channel_id, to: gets?.channel_id ?? '', units, productId }];
    });
    const byReason = (a: Moved, b: Moved): number => (a.reason < b.reason ? -1 : 1);
    expect(written.sort(byReason)).toEqual([...moved].sort(byReason));
  });

  it('leave a ledger in which each line follows from those before it', async () => {
    const faults: string[] = [];
    for (const productId of PRODUCTS) {
      const lines = await database.rows<Line>(
        `SELECT product_id AS productId, seq, channel_id AS channelId, kind, units, reservation_id AS reservationId,
           partner_id AS partnerId, allocated, reserved, sold, batch_id AS batchId, occurred_at AS occurredAt
         FROM inventory_movements WHERE product_id = ? ORDER BY seq`,
        [productId],
      );
      expect(lines.length).toBeGreaterThan(100);
      readLedger(
        lines,
        () => undefined,
        (fault) => void faults.push(fault),
      );
    }
    expect(faults).toEqual([]);
  });
});
