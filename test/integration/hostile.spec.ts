import { createHash } from 'node:crypto';

import { SCOPES } from '../../src/auth/scopes.js';
import { OWN_SHOP, PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { Contract } from '../support/contract.js';
import { useDemoService } from '../support/demo-service.js';
import { ATTACKS, send } from '../support/hostile/barrage.js';
import type { Secrets } from '../support/hostile/judge.js';
import { type Operation, operationsAt } from '../support/hostile/operations.js';
import type { Tally } from '../support/hostile/tally.js';
import type { Attacker } from '../support/hostile/value-attacks.js';
import { dayIn, holdUnits, inSeconds } from '../support/life.js';
import { addKey, addPartner, changeKey } from '../support/partners.js';
import { INSIDE } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, range } from '../support/stock.js';

/** `HOSTILE_SEED=… HOSTILE_REQUESTS=100000 npx jest test/integration/hostile.spec.ts --selectProjects integration` */
const SEED = Number(process.env['HOSTILE_SEED'] ?? Math.trunc(Math.random() * 0x7f_ff_ff_ff));
const REQUESTS = Number(process.env['HOSTILE_REQUESTS'] ?? 10_500);
/** What one CI run owes. */
const REQUESTS_MIN = 10_000;
const BARRAGE_MAX_MS = 600_000;

const KEY = 'key-of-the-attacker';
const PRODUCTS = range(870, 3);
const HOLDS = 240;
const BAD_KEYS = ['key-that-was-revoked', 'key-without-a-scope', 'key-of-the-suspended'];

const demo = useDemoService();
let operations: Operation[];
let tally: Tally;
let failures: string[];
let secrets: Secrets;
let before: unknown;
const builtIns = [Object, Array, Function, String].map((of) => of.prototype as object);
const ownKeys = (): PropertyKey[][] => builtIns.map((prototype) => Reflect.ownKeys(prototype));
const untouched = ownKeys();

beforeAll(async () => {
  process.stdout.write(`HOSTILE_SEED=${SEED}\n`);
  const attacker = await prepare();
  secrets = {
    keys: [KEY, ...BAD_KEYS, PARTNER_A, PARTNER_B, READ_ONLY, OWN_SHOP],
    tables: await tablesNotDocumented(),
    reservations: attacker.foreign.filter((id) => id.startsWith('res_')),
  };
  before = await ofOthers();
  operations = await operationsAt(demo.api.base);
  const contract = await Contract.of(demo.api.base);
  ({ tally, failures } = await send({
    base: demo.api.base,
    contract,
    operations,
    attacker,
    secrets,
    seed: SEED,
    requests: REQUESTS,
  }));
  process.stdout.write(
    tally.table(
      operations.map(({ name }) => name),
      Object.keys(ATTACKS),
    ),
  );
}, BARRAGE_MAX_MS);

/** An attacker with a partner, a good key and holds of its own; and what belongs to others. */
async function prepare(): Promise<Attacker> {
  const { database, api } = demo;
  await addProducts(database, PRODUCTS, { ota: 1_000_000 });
  for (const partner of ['attacker', 'suspended']) await addPartner(database, partner);
  // An admin may do much of what is a crime here.
  await addKey(
    database,
    'attacker',
    KEY,
    SCOPES.filter((scope) => scope !== 'admin'),
  );
  const [revoked = '', scopeless = '', suspended = ''] = BAD_KEYS;
  await addKey(database, 'attacker', revoked);
  await changeKey(database, revoked, 'revoked_at = SYSDATE(6)');
  await addKey(database, 'attacker', scopeless, []);
  await addKey(database, 'suspended', suspended);
  await database.rows("UPDATE partners SET status = 'suspended' WHERE id = 'suspended'");
  const holds = await Promise.all(
    range(0, HOLDS).map((n) => holdUnits(api, PRODUCTS[n % PRODUCTS.length] ?? 0, 4, KEY)),
  );
  const victims = await Promise.all([PARTNER_A, PARTNER_B, OWN_SHOP].map((key) => holdUnits(api, 106, 2, key)));
  const { body: page } = await api.reservations(KEY, '?limit=1');
  return {
    key: KEY,
    now: Date.now(),
    badKeys: [
      ...BAD_KEYS,
      ...hashesOf(PARTNER_A),
      ...hashesOf(KEY),
      "' or 1=1 -- ",
      'k'.repeat(12_000),
      'ключ',
      'a b',
      '{"$ne":1}',
    ],
    foreign: [
      ...victims.map(({ reservation_id }) => reservation_id),
      'res_demo_1',
      'res_demo_2',
      'partner-a',
      'partner-b',
      'own-shop',
      'direct',
    ],
    known: {
      id: holds.map(({ reservation_id }) => reservation_id),
      product_id: PRODUCTS,
      product_ids: [PRODUCTS.join(','), `[${PRODUCTS.join(',')}]`, String(PRODUCTS[0])],
      date_range: [`${dayIn(0)},${dayIn(90)}`],
      date: [dayIn(1), dayIn(40)],
      visit_date: [dayIn(1), dayIn(40)],
      guests: ['adult:2', 'adult:1'],
      customer_type: ['adult'],
      reservation_expires_at: [inSeconds(2 * 86_400), inSeconds(3 * 86_400), inSeconds(4 * 86_400)],
      cursor: [page.next_cursor],
      'X-Request-Id': ['hostile-1', 'hostile-2'],
      'If-None-Match': ['*', '"x"'],
    },
  };
}

/** What a dump of the database would have of a key. */
const hashesOf = (key: string): string[] =>
  (['hex', 'base64', 'base64url'] as const).map((form) => createHash('sha256').update(key).digest(form));

/** Names of tables that are nobody's business: those that are no words, and that the document doesn't use for something else. */
async function tablesNotDocumented(): Promise<string[]> {
  const { text } = await demo.api.send('/docs-json');
  const tables = await demo.database.rows<Record<string, string>>('SHOW TABLES');
  return tables.flatMap((row) => Object.values(row)).filter((name) => name.includes('_') && !text.includes(name));
}

/** All that belongs to others than the attacker. */
const ofOthers = (): Promise<unknown> =>
  Promise.all([
    demo.database.rows("SELECT * FROM channel_reservations WHERE partner_id <> 'attacker' ORDER BY reservation_id"),
    demo.database.rows("SELECT * FROM orders WHERE partner_id <> 'attacker' ORDER BY id"),
    demo.database.rows("SELECT * FROM idempotency_keys WHERE partner_id <> 'attacker'"),
    // Of the channel that the attacker's partner is on, anything may be held.
    demo.database.rows(
      "SELECT product_id, sellable_cap, channel_allocations->'$.direct' AS direct FROM product_inventory",
    ),
    demo.database.rows('SELECT * FROM partners ORDER BY id'),
    demo.database.rows('SELECT id, partner_id, scopes, revoked_at FROM api_keys ORDER BY id'),
  ]);

const isOfDesk = (path: string): boolean => path.startsWith('/api/admin/');

const allOf = (attack: string, ofWhich: (operation: Operation) => boolean): number[] => [
  ...new Set(operations.filter(ofWhich).flatMap(({ name }) => [...tally.statuses({ operation: name, attack }).keys()])),
];

describe('hostile requests', () => {
  it(`are at least ${REQUESTS_MIN}, of each kind, to each operation`, () => {
    expect(operations.length).toBeGreaterThanOrEqual(10);
    expect(tally.total).toBeGreaterThanOrEqual(Math.min(REQUESTS, REQUESTS_MIN));
    const missing = operations.flatMap(({ name }) =>
      Object.keys(ATTACKS).filter((attack) => tally.statuses({ operation: name, attack }).size === 0),
    );
    expect(missing).toEqual([]);
  });

  it('are answered in time, as the document says, without a 5xx and without a word of the inside', () => {
    expect(failures).toEqual([]);
  });

  it('would have been served, had nothing been wrong with them', () => {
    const unserved = operations.filter(
      ({ name, path }) =>
        !isOfDesk(path) &&
        [...tally.statuses({ operation: name, attack: 'none' }).keys()].every((status) => status >= 300),
    );
    expect(unserved.map(({ name }) => name)).toEqual([]);
  });

  it('open nothing of the desk to a partner', () => {
    expect(allOf('none', ({ path }) => isOfDesk(path))).toEqual([403]);
    const opened = operations.filter(
      ({ name, path }) =>
        isOfDesk(path) &&
        Object.keys(ATTACKS).some((attack) =>
          [...tally.statuses({ operation: name, attack }).keys()].some((status) => status < 400),
        ),
    );
    expect(opened.map(({ name }) => name)).toEqual([]);
  });

  it('with a bad key, or none, are refused wherever a key is needed', () => {
    expect(allOf('bad key', ({ keyed }) => keyed).sort()).toEqual([401, 403]);
  });

  it('leave what belongs to others as it was', async () => {
    expect(await ofOthers()).toEqual(before);
  });

  it('leave the database sound', async () => {
    await expectSound(demo.database);
  });

  it('leave the prototypes of all objects as they were', () => {
    expect(ownKeys()).toEqual(untouched);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('leave no key, no SQL and no failure in the log', () => {
    const { log } = demo.service;
    expect(log.length).toBeGreaterThan(REQUESTS / 2);
    expect(log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    const leaks = log
      .map((line) => JSON.stringify(line))
      .filter((line) => INSIDE.test(line) || secrets.keys.some((key) => line.includes(key)));
    expect(leaks).toEqual([]);
  });

  it('are all over afterwards, and the service serves', async () => {
    expect((await demo.api.send('/health/ready')).status).toBe(200);
    const { text } = await demo.api.send('/metrics');
    expect(/^http_requests_in_flight (\d+)$/m.exec(text)?.[1]).toBe('1');
    expect((await demo.api.reserve(PARTNER_A, { product_id: 106, quantity: 1 })).status).toBe(201);
  });
});
