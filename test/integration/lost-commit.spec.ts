import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { ExpiryJob } from '../../src/reservation/expiry.job.js';
import type { Problem, Reply, Reserved } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { type Cut, type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { expectSound } from '../support/soundness.js';
import { addProducts, makeOverdue, range, reservationsOf, tally } from '../support/stock.js';
import { timed } from '../support/wait.js';

jest.setTimeout(90_000);

/** An app whose database lies behind a proxy of its own. */
interface Remote {
  readonly proxy: CuttingProxy;
  readonly service: TestApp;
}

let database: TestDatabase;
let remotes: Remote[];
let remote: Remote;

beforeAll(async () => {
  database = await demoDatabase();
  remotes = await Promise.all(range(0, 3).map(() => bootRemote()));
  [remote] = remotes as [Remote];
});
afterEach(() => expectSound(database));
afterAll(async () => {
  await Promise.all(remotes.map(({ service }) => service.close()));
  await Promise.all(remotes.map(({ proxy }) => proxy.close()));
  await database.drop();
});

async function bootRemote(): Promise<Remote> {
  const proxy = await startCuttingProxy(database.url);
  return { proxy, service: await bootApp(proxy.url) };
}

const reserve = (productId: number, key?: string, { service } = remote): Promise<Reply<Reserved & Problem>> =>
  service.api.reserve<Reserved & Problem>(
    PARTNER_A,
    { product_id: productId, quantity: 3 },
    key === undefined ? {} : { 'idempotency-key': key },
  );

const storedIds = async (productId: number): Promise<string[]> =>
  (await reservationsOf(database, productId)).map((stored) => stored.reservation_id);

const CUTS: readonly Cut[] = ['before', 'after', 'late'];

describe.each(CUTS)('a connection cut with COMMIT (%s the server has it)', (how) => {
  const first = 400 + CUTS.indexOf(how) * 10;
  beforeAll(() => addProducts(database, range(first, 10), { ota: 100 }));

  it.each([
    [first, 'without a key', 'read'],
    [first + 1, 'with a key', 'read'],
    [first + 4, 'without a key', 'unread'],
    [first + 5, 'with a key', 'unread'],
  ])('is one reservation of product %i, %s, of a row that is %s', async (productId, which, row) => {
    const earlier = row === 'unread' ? [(await reserve(productId)).body.reservation_id] : [];
    remote.proxy.sent.length = 0;
    const key = which === 'with a key' ? randomUUID() : undefined;
    const before = remote.proxy.cuts;
    remote.proxy.cutCommits(how);
    const reply = await reserve(productId, key);

    expect(remote.proxy.cuts).toBe(before + 1);
    expect(remote.proxy.sent.some((text) => text.includes('NOWAIT'))).toBe(row === 'unread');
    expect(reply.status).toBe(201);
    expect(reply.headers.get('idempotency-replayed')).toBeNull();
    expect(await storedIds(productId)).toEqual([...earlier, reply.body.reservation_id]);
    if (key !== undefined) {
      const again = await reserve(productId, key);
      expect(again.text).toBe(reply.text);
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(await storedIds(productId)).toHaveLength(earlier.length + 1);
    }
  });

  it('is one reservation for each of a batch', async () => {
    remote.proxy.cutCommits(how, 2);
    const replies = await Promise.all(range(0, 30).map((n) => reserve(first + 2, n % 2 ? randomUUID() : undefined)));
    expect(tally(replies)).toEqual({ 201: 30 });
    expect(await storedIds(first + 2)).toEqual(replies.map(({ body }) => body.reservation_id).sort());
  });

  it('releases overdue holds once, and tells each once', async () => {
    const made = await Promise.all(range(0, 5).map(() => reserve(first + 3)));
    await makeOverdue(database, [first + 3]);
    remote.proxy.cutCommits(how);
    expect(await remote.service.app.get(ExpiryJob).run()).toBe(5);

    const ids = made.map(({ body }) => body.reservation_id).sort();
    const told = remote.service.log.filter(({ msg, product_id }) => {
      return msg === 'ota.reservation.expired' && product_id === first + 3;
    });
    expect(told.map((line) => line['reservation_id']).sort()).toEqual(ids);
    expect(await remote.service.api.available(PARTNER_A, first + 3)).toBe(100);
  });

  it('sells overdue units on once', async () => {
    await addProducts(database, [first + 500], { ota: 3 });
    await reserve(first + 500);
    await makeOverdue(database, [first + 500]);
    remote.proxy.cutCommits(how);
    const late = await reserve(first + 500);
    expect(late.status).toBe(201);
    const stored = await reservationsOf(database, first + 500);
    expect(stored.map(({ status }) => status)).toEqual(['expired', 'active']);
  });
});

describe('a packet that is delivered once it was looked up and not found', () => {
  beforeAll(async () => {
    await addProducts(database, [480, 481], { ota: 3 + 3 });
    await addProducts(database, [482, 483], { ota: 100 });
  });

  it.each([
    [480, 'without a key, of the last units', undefined],
    [481, 'with a key, of the last units', randomUUID()],
    [482, 'without a key', undefined],
    [483, 'with a key', randomUUID()],
  ])('is one reservation of product %i, %s, told as it was made', async (productId, _, key) => {
    await reserve(productId);
    remote.proxy.sent.length = 0;
    const { cuts } = remote.proxy;
    remote.proxy.cutCommits('overtaking');
    const reply = await reserve(productId, key);
    expect(remote.proxy.cuts).toBe(cuts + 1);
    expect(remote.proxy.sent.filter((text) => text.includes('INSERT INTO channel_reservations'))).toHaveLength(1);
    expect(reply.status).toBe(201);
    expect(reply.headers.get('idempotency-replayed')).toBeNull();
    const [stored] = (await reservationsOf(database, productId)).filter(
      (of) => of.reservation_id === reply.body.reservation_id,
    );
    expect(stored?.status).toBe('active');
    expect(await storedIds(productId)).toHaveLength(2);
    if (key !== undefined) expect((await reserve(productId, key)).text).toBe(reply.text);
  });
});

describe('a refusal', () => {
  it('has no COMMIT that could be lost', async () => {
    await addProducts(database, [450], { ota: 1 });
    const { cuts } = remote.proxy;
    remote.proxy.cutCommits('after');
    expect((await reserve(450)).status).toBe(409);
    expect(remote.proxy.cuts).toBe(cuts);
    await addProducts(database, [451], { ota: 10 });
    expect((await reserve(451)).status).toBe(201); // uses up the cut
  });
});

describe('a database that stays away', () => {
  it('is answered in bounded time, and a repeated request finds its one reservation', async () => {
    const [unsure, away, silent] = remotes as [Remote, Remote, Remote];
    await addProducts(database, [460, 461, 462], { ota: 100 });
    // Keys are verified before the database goes away.
    await Promise.all(remotes.map(({ service }) => service.api.available(PARTNER_A, 460)));
    const keys = [randomUUID(), randomUUID(), randomUUID()] as const;

    unsure.proxy.cutCommitAndGoAway('after');
    const unknown = timed(reserve(460, keys[0], unsure));
    await away.proxy.goAway();
    const unavailable = timed(reserve(461, keys[1], away));
    silent.proxy.fallSilent();
    const unanswered = timed(reserve(462, keys[2], silent));

    const replies = {
      unknown: await unknown,
      unavailable: await unavailable,
      unanswered: await unanswered,
    };
    expect(replies.unknown.result.body).toMatchObject({ status: 504, code: 'outcome_unknown' });
    expect(replies.unknown.ms).toBeLessThan(20_000);
    expect(replies.unavailable.result.body).toMatchObject({ status: 503, code: 'unavailable' });
    expect(replies.unavailable.result.headers.get('retry-after')).toBe('2');
    expect(replies.unavailable.ms).toBeLessThan(7_000);
    expect(replies.unanswered.result.body).toMatchObject({ status: 503, code: 'unavailable' });
    expect(replies.unanswered.ms).toBeLessThan(16_000);
    expect(await storedIds(460)).toHaveLength(1);
    expect([...(await storedIds(461)), ...(await storedIds(462))]).toEqual([]);

    await Promise.all(remotes.map(({ proxy }) => proxy.comeBack()));
    const again = await Promise.all([
      reserve(460, keys[0], unsure),
      reserve(461, keys[1], away),
      reserve(462, keys[2], silent),
    ]);
    expect(tally(again)).toEqual({ 201: 3 });
    expect(again.map(({ headers }) => headers.get('idempotency-replayed'))).toEqual(['true', null, null]);
    for (const [n, productId] of [460, 461, 462].entries()) {
      expect(await storedIds(productId)).toEqual([again[n]?.body.reservation_id]);
    }
  });

  it('and comes back in time is not noticed', async () => {
    await addProducts(database, [470], { ota: 100 });
    await remote.service.api.available(PARTNER_A, 470);
    await remote.proxy.goAway();
    const replies = range(0, 10).map(() => reserve(470));
    await sleep(1_000);
    await remote.proxy.comeBack();
    expect(tally(await Promise.all(replies))).toEqual({ 201: 10 });
  });

  it('is told to readers and to unknown keys too, in bounded time, again and again', async () => {
    const [refusing, silent] = remotes.slice(1) as [Remote, Remote];
    await Promise.all([refusing, silent].map(({ service }) => service.api.available(PARTNER_A, 106)));
    await refusing.proxy.goAway();
    silent.proxy.fallSilent();
    const askAll = () =>
      [refusing, silent].flatMap(({ service: { api } }) => [
        timed(api.inventory<Problem>(PARTNER_A, '?product_ids=106')),
        timed(api.reserve<Problem>('never_seen_key', { product_id: 106, quantity: 1 })),
      ]);
    const asked = askAll();
    const answers = await Promise.race([Promise.all(asked), sleep(20_000, [])]);
    // Not behind the first ones, on a connection that has not answered them.
    const askedAgain = askAll();
    const answersAgain = await Promise.race([Promise.all(askedAgain), sleep(20_000, [])]);
    await Promise.all([refusing.proxy.comeBack(), silent.proxy.comeBack()]);
    await Promise.all([...asked, ...askedAgain]);
    expect([answers, answersAgain].map(({ length }) => length)).toEqual([4, 4]);
    for (const { result, ms } of [...answers, ...answersAgain]) {
      expect(result.body).toMatchObject({ status: 503, code: 'unavailable' });
      expect(Number(result.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(ms).toBeLessThan(16_000);
    }
    expect((await refusing.service.api.inventory(PARTNER_A)).status).toBe(200);
    expect((await silent.service.api.inventory(PARTNER_A)).status).toBe(200);
  });
});
