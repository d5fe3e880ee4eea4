import type { Query, Tx } from '../../src/database/transaction.js';
import type { Command } from '../../src/domain/command.js';
import { NO_LIMITS } from '../../src/domain/hold-limits.js';
import { OptimisticBatch } from '../../src/reservation/optimistic-batch.js';
import { cancel, expire, NOW, partner, PRICING, PRODUCT_ID, reserve } from '../domain/builders.js';

const PRODUCT = { sellable: true, pricing: PRICING, holds: { sql: 'price = ?', values: [3] } };

const batch = (...commands: Command[]) =>
  OptimisticBatch.of({ productId: PRODUCT_ID, commands, takeMore: () => [] }, PRODUCT, false);

/** What it decides when the row is had now, and the texts it writes. */
async function done(of: OptimisticBatch | undefined) {
  const sent: { sql: string; values: readonly unknown[] }[] = [];
  const told = await of?.work({
    write: (sql: string, values: readonly unknown[]) => sent.push({ sql, values }),
    askWithWrites: (_: Query<unknown>) => () => ({ now: NOW, waitedSeconds: 0.5 }),
  } as unknown as Tx);
  return { done: told?.(), sent };
}

const limited = (limits: Partial<typeof NO_LIMITS>) =>
  reserve({ partner: partner({ limits: { ...NO_LIMITS, ...limits } }) });

it.each<[string, Command]>([
  ['gives units back', cancel()],
  ['releases what is overdue', expire()],
  ['is of a partner whose units of the product are counted', limited({ heldPerProductMax: 5 })],
  ['is of a partner whose units are counted', limited({ heldMax: 5 })],
  ['is of a partner with a quota', limited({ productQuota: 5 })],
  ['is refused whatever the row says', reserve({ quantity: 0 })],
])('has more read for a command that %s, and for those beside it', (_, command) => {
  expect(batch(reserve({ reservationId: 'res_2' }), command)).toBeUndefined();
});

it('has more read for a product that is not sold', () => {
  const share = { productId: PRODUCT_ID, commands: [reserve()], takeMore: () => [] };
  expect(OptimisticBatch.of(share, { ...PRODUCT, sellable: false }, false)).toBeUndefined();
});

it('has more read for ends that nobody can ask for at one time', () => {
  const [sooner, later] = [1, 2].map((n) =>
    reserve({
      reservationId: `res_${n}`,
      expiresAt: NOW + n * 1_000_000,
      partner: partner({ holdMaxSeconds: n === 1 ? 3_600 : 60 }),
    }),
  );
  expect(batch(sooner as Command)).toBeDefined();
  expect(batch(later as Command)).toBeDefined();
  expect(batch(sooner as Command, later as Command)).toBeUndefined();
});

it.each<[string, Command]>([
  ['without a key', reserve()],
  ['with a key', reserve({ idempotency: { key: 'once', fingerprint: 'ab' } })],
  ['of a partner that may extend so often', limited({ extensionsMax: 1 })],
  ['of any channel: the database knows its units', reserve({ partner: partner({ channelId: 'retail' }) })],
  ['that asks for an end', reserve({ expiresAt: NOW + 1_000 })],
])('is enough for a reserve %s', (_, command) => {
  expect(batch(command)).toBeDefined();
});

it('tells what was decided at the time at which the row was had', async () => {
  const commands = [reserve({ quantity: 2 }), reserve({ reservationId: 'res_2', expiresAt: NOW + 5_000 })];
  const { done: told } = await done(batch(...commands));
  expect(told).toMatchObject({ productId: PRODUCT_ID, commands, waitedSeconds: 0.5 });
  expect(told?.decision.reservations).toMatchObject([
    { quantity: 2, createdAt: NOW, expiresAt: NOW + 60_000 },
    { id: 'res_2', createdAt: NOW, expiresAt: NOW + 5_000 },
  ]);
});

it('has everything hang on the row: its lock comes first, with all that was wanted of each channel', async () => {
  const retail = partner({ channelId: 'retail' });
  const { sent } = await done(
    batch(
      reserve({ quantity: 2 }),
      reserve({ reservationId: 'res_2', quantity: 3, partner: retail }),
      reserve({ reservationId: 'res_3', quantity: 4 }),
    ),
  );
  expect(sent[0]?.sql).toMatch(/ >= \? AND [^]* >= \? AND price = \?[^]* FOR UPDATE NOWAIT$/);
  expect(sent[0]?.values.slice(0, 3)).toEqual([6, 3, 3]);
  expect(sent.filter(({ sql }) => sql.includes('FOR UPDATE'))).toHaveLength(1);
});

it('is in time only while every end may be asked for', async () => {
  const ends = [40_000, 50_000].map((ms, n) => reserve({ reservationId: `res_${n}`, expiresAt: NOW + ms }));
  const { sent } = await done(batch(reserve({ reservationId: 'res_9' }), ...ends));
  const longest = partner().holdMaxSeconds * 1000;
  expect(sent[1]?.sql).toContain('BETWEEN ? AND ?');
  expect(sent[1]?.values.slice(-2)).toEqual([new Date(NOW + 50_000 - longest), new Date(NOW + 39_999)]);
});
