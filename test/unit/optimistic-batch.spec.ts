import type { Tx } from '../../src/database/transaction.js';
import type { Command } from '../../src/domain/command.js';
import { NO_LIMITS } from '../../src/domain/hold-limits.js';
import type { KnownRow } from '../../src/reservation/known-rows.js';
import { OptimisticBatch } from '../../src/reservation/optimistic-batch.js';
import { cancel, expire, NOW, partner, PRICING, PRODUCT_ID, reserve } from '../domain/builders.js';

const FREE = 5;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

const row = (): KnownRow => ({
  sellableCap: 10,
  allocations: new Map([['ota', { allocated: 10, reserved: 10 - FREE, sold: 0 }]]),
  movementSeq: 7,
  readAt: { databaseTime: NOW, clock: performance.now() },
});
const batch = (...commands: Command[]) =>
  OptimisticBatch.of({ productId: PRODUCT_ID, commands, takeMore: () => [] }, row(), {
    sellable: true,
    pricing: PRICING,
    holds: { sql: 'TRUE', values: [] },
  });

/** What it decided, and the texts it wrote. */
async function done(of: OptimisticBatch | undefined) {
  const sent: { sql: string; values: readonly unknown[] }[] = [];
  const write = (sql: string, values: readonly unknown[]) => sent.push({ sql, values });
  const decided = await of?.work({ write } as unknown as Tx);
  return { decided, sent };
}

const limited = (limits: Partial<typeof NO_LIMITS>) =>
  reserve({ partner: partner({ limits: { ...NO_LIMITS, ...limits } }) });

it.each<[string, Command]>([
  ['gives units back', cancel()],
  ['releases what is overdue', expire()],
  ['is of a partner whose units of the product are counted', limited({ heldPerProductMax: 5 })],
  ['is of a partner whose units are counted', limited({ heldMax: 5 })],
  ['is of a partner with a quota', limited({ productQuota: 5 })],
  ['asks for more than is free', reserve({ quantity: FREE + 1 })],
  ['is refused for another reason', reserve({ quantity: 0 })],
  ['is of a channel without units', reserve({ partner: partner({ channelId: 'retail' }) })],
])('has more read for a command that %s, and for those beside it', (_, command) => {
  expect(batch(reserve({ reservationId: 'res_2' }), command)).toBeUndefined();
});

it.each<[string, Command]>([
  ['without a key', reserve()],
  ['with a key', reserve({ idempotency: { key: 'once', fingerprint: 'ab' } })],
  ['of a partner that may extend so often', limited({ extensionsMax: 1 })],
  ['that takes the last unit', reserve({ quantity: FREE })],
])('is enough for a reserve %s', (_, command) => {
  expect(batch(command)).toBeDefined();
});

it('leaves the row as it decided, read when it was read before', async () => {
  const { decided } = await done(batch(reserve({ quantity: 2 })));
  expect(decided?.left).toEqual({
    ...row(),
    allocations: new Map([['ota', { allocated: 10, reserved: 10 - FREE + 2, sold: 0 }]]),
    movementSeq: 8,
  });
});

it('is of the time that has passed since the row was read, and not later than a second after', async () => {
  const was = row();
  jest.advanceTimersByTime(250.9);
  const of = OptimisticBatch.of({ productId: PRODUCT_ID, commands: [reserve()], takeMore: () => [] }, was, {
    sellable: true,
    pricing: PRICING,
    holds: { sql: 'price = ?', values: [3] },
  });
  const { decided, sent } = await done(of);
  expect(decided?.decision.reservations[0]).toMatchObject({ createdAt: NOW + 250, expiresAt: NOW + 250 + 60_000 });
  expect(sent[0]?.sql).toContain('price = ? AND SYSDATE(6) BETWEEN ? AND ?');
  expect(sent[0]?.values.slice(-4)).toEqual([3, new Date(NOW + 250), new Date(NOW + 1_250), PRODUCT_ID]);
});

it('has everything hang on the row: its lock comes first, and is waited for by nothing', async () => {
  const { sent } = await done(batch(reserve()));
  expect(sent[0]?.sql).toMatch(/^SET @unchanged = [^]* FOR UPDATE NOWAIT/);
  expect(sent.filter(({ sql }) => sql.includes('FOR UPDATE'))).toHaveLength(1);
});
