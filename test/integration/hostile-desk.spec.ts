import { PARTNER_A, PARTNER_B } from '../support/app.js';
import { Contract } from '../support/contract.js';
import { OPERATOR, useDesk } from '../support/desk.js';
import { ATTACKS, send } from '../support/hostile/barrage.js';
import { type Operation, operationsAt } from '../support/hostile/operations.js';
import type { Tally } from '../support/hostile/tally.js';
import { inSeconds } from '../support/life.js';
import { addPartner, addKey } from '../support/partners.js';
import { INSIDE } from '../support/problem.js';
import { addDueRelease } from '../support/releases.js';
import { expectSound } from '../support/soundness.js';

/** `HOSTILE_SEED=… HOSTILE_REQUESTS=50000 npx jest hostile-desk --selectProjects integration` */
const SEED = Number(process.env['HOSTILE_SEED'] ?? Math.trunc(Math.random() * 0x7f_ff_ff_ff));
const REQUESTS = Number(process.env['HOSTILE_REQUESTS'] ?? 2_400);
const BARRAGE_MAX_MS = 600_000;

const desk = useDesk();
let operations: Operation[];
let tally: Tally;
let failures: string[];
let unserved: string[] = [];

const isServed = (by: Tally, operation: string): boolean =>
  [...by.statuses({ operation }).keys()].some((status) => status < 300);

beforeAll(async () => {
  process.stdout.write(`HOSTILE_SEED=${SEED}\n`);
  const { database, api } = desk;
  // So that no number that is sent by chance, nor the suspension of a partner, takes the attacker's own key away.
  await database.rows("UPDATE api_keys SET id = 3000000000 WHERE partner_id = 'operator'");
  await addPartner(database, 'victim');
  await addKey(database, 'victim', 'key-of-the-victim');
  const release = await addDueRelease(database, { product_id: 107 }, 86_400_000);
  operations = (await operationsAt(api.base)).filter(({ path }) => path.startsWith('/api/admin/'));
  const barrage = {
    base: api.base,
    contract: await Contract.of(api.base),
    operations,
    attacker: {
      key: OPERATOR,
      now: Date.now(),
      badKeys: ['key-that-never-was', "' or 1=1 -- ", 'k'.repeat(12_000), 'ключ'],
      foreign: ['res_demo_1', 'partner-a', 'direct', '106'],
      known: {
        id: [106, 107, 'victim', 'ota', 1, release.id],
        date: ['2030-01-01', '2030-01-02'],
        from: ['2030-01-01', '2030-01-01T00:00:00Z', '2030-01-02T00:00:00Z', 'ota'],
        to: ['2030-12-31', '2030-01-05T00:00:00Z', '2030-01-06T00:00:00Z', 'direct'],
        at: [inSeconds(-1)],
        channel_id: ['ota', 'direct'],
        partner_id: ['victim', 'new-one', 'new-two'],
        name: ['A name'],
        label: ['A label'],
        currency: ['EUR', 'CNY'],
        time_zone: ['UTC', 'Asia/Shanghai'],
        scopes: ['inventory:read'],
        status: ['active'],
        expires_at: [inSeconds(86_400)],
        prefix: ['alk_7Jd0bQx2Lm'],
        cursor: ['MTA5', 'MjAyNi0xMi0zMQ'],
        reason: ['A reason'],
        'If-Match': ['*'],
        'X-Request-Id': ['hostile-1'],
      },
    },
    secrets: { keys: [OPERATOR, PARTNER_A, PARTNER_B, 'key-of-the-victim'], tables: [], reservations: [] },
    seed: SEED,
    requests: REQUESTS,
  };
  ({ tally, failures } = await send(barrage));
  // What is asked for by chance is often not there, or of the wrong kind: what was never served is asked as often by itself.
  const unlucky = operations.filter(({ method, name }) => method === 'GET' && !isServed(tally, name));
  if (unlucky.length > 0) {
    const more = await send({ ...barrage, operations: unlucky });
    failures.push(...more.failures);
    unserved = unlucky.filter(({ name }) => !isServed(more.tally, name)).map(({ name }) => name);
  }
  process.stdout.write(
    tally.table(
      operations.map(({ name }) => name),
      Object.keys(ATTACKS),
    ),
  );
}, BARRAGE_MAX_MS);

describe('hostile requests of an operator', () => {
  it('are of each kind, to each operation of the desk', () => {
    expect(operations.length).toBeGreaterThanOrEqual(20);
    expect(tally.total).toBeGreaterThanOrEqual(REQUESTS);
  });

  it('are answered in time, as the document says, without a 5xx and without a word of the inside', () => {
    expect(failures).toEqual([]);
  });

  it('are served, those with which nothing is wrong', () => {
    expect(unserved).toEqual([]);
    const changed = operations.filter(({ method, name }) => method !== 'GET' && isServed(tally, name));
    expect(changed.length).toBeGreaterThan(5);
  });

  it('leave the database sound, and the desk open', async () => {
    await expectSound(desk.database);
    expect((await desk.ask('GET log')).status).toBe(200);
  });

  it('leave no key, no SQL and no failure in the log', () => {
    const { log } = desk.service;
    expect(log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
    const leaks = log
      .map((line) => JSON.stringify(line))
      .filter((line) => INSIDE.test(line) || /alk_\w{10}_\w{36}/.test(line) || line.includes(OPERATOR));
    expect(leaks).toEqual([]);
  });
});
