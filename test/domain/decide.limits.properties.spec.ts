import fc from 'fast-check';

import type { Outcome } from '../../src/domain/decision.js';
import { NO_LIMITS, type HoldLimits } from '../../src/domain/hold-limits.js';
import type { Instant } from '../../src/domain/instant.js';
import { type Batch, historiesWith } from './histories.js';
import { expectSound, expectSoundLedger } from './invariants.js';
import { Model } from './model.js';
import { PARTNERS, type WishedCommand } from './wishes.js';

/** Mostly within what a few holds come to, so that limits are met on both sides. */
const limit = fc.oneof(fc.constant(undefined), fc.nat({ max: 20 }));
const limits: fc.Arbitrary<HoldLimits> = fc.record({
  heldPerProductMax: limit,
  heldMax: fc.oneof(fc.constant(undefined), fc.integer({ min: 10, max: 30 })),
  extensionsMax: fc.oneof(fc.constant(undefined), fc.nat({ max: 2 })),
  productQuota: limit,
});

type LimitsOf = Readonly<Record<string, HoldLimits>>;

const someLimits: fc.Arbitrary<LimitsOf> = fc
  .tuple(...PARTNERS.map(() => limits))
  .map((all) => Object.fromEntries(PARTNERS.map(({ id }, n) => [id, all[n]])) as LimitsOf);

function withLimits(commands: readonly WishedCommand[], of: LimitsOf): WishedCommand[] {
  return commands.map((command) =>
    command.kind === 'expire'
      ? command
      : { ...command, partner: { ...command.partner, limits: of[command.partner.id] ?? command.partner.limits } },
  );
}

interface Tally {
  granted: number;
  readonly refused: Map<string, number>;
}

/** Runs limited histories. @returns how often reserves and extensions were granted, and refused by each limit */
function run(holds: (model: Model, batch: Batch, of: LimitsOf) => readonly Outcome[]): Tally {
  const tally: Tally = { granted: 0, refused: new Map() };
  historiesWith(fc.tuple(someLimits, fc.nat({ max: 10 })), ({ start, batches }, [of, heldElsewhere]) => {
    const model = new Model(start);
    model.heldElsewhere = heldElsewhere;
    for (const { now, commands } of batches) {
      for (const outcome of holds(model, { now, commands: withLimits(commands, of) }, of)) {
        if (outcome.kind === 'reserved' || outcome.kind === 'extended') tally.granted++;
        if (outcome.kind !== 'refused' || outcome.refusal.code !== 'hold_limit_reached') continue;
        const name = outcome.refusal.facts?.limit_name ?? '';
        tally.refused.set(name, (tally.refused.get(name) ?? 0) + 1);
      }
    }
    expectSound(model);
    expectSoundLedger(model);
  });
  return tally;
}

/** Each limit was met, or the property says nothing of it. */
function expectTelling({ granted, refused }: Tally): void {
  expect(granted).toBeGreaterThan(100);
  expect([...refused.keys()].sort()).toEqual(['extensions_max', 'held_max', 'held_per_product_max', 'product_quota']);
}

const used = (model: Model, partnerId: string, now: Instant) => {
  const { held, sold, heldInAll } = model.unitsOfPartner(partnerId, now);
  return { held, heldInAll, quota: held + sold };
};

describe('limits of a partner', () => {
  it('are never exceeded, whatever batches come', () => {
    const tally = run((model, { now, commands }, of) => {
      const before = PARTNERS.map(({ id }) => used(model, id, now));
      const { outcomes } = model.run(commands, now);
      PARTNERS.forEach(({ id }, n) => {
        const after = used(model, id, now);
        const { heldPerProductMax, heldMax, productQuota } = of[id] ?? {};
        // A limit may be set below what is out already: then it gets no more.
        const within = (bound: number | undefined, was = 0): number => Math.max(bound ?? Infinity, was);
        expect(after.held).toBeLessThanOrEqual(within(heldPerProductMax, before[n]?.held));
        expect(after.heldInAll).toBeLessThanOrEqual(within(heldMax, before[n]?.heldInAll));
        expect(after.quota).toBeLessThanOrEqual(within(productQuota, before[n]?.quota));
      });
      for (const { extensions, partnerId } of model.rows.values()) {
        expect(extensions).toBeLessThanOrEqual(of[partnerId]?.extensionsMax ?? Infinity);
      }
      return outcomes;
    });
    expectTelling(tally);
  });

  it('refuse only what would exceed them, and say truly which it is and what is left', () => {
    const tally = run((model, { now, commands }, of) =>
      commands.flatMap((command) => {
        const before = model.fork();
        const { outcomes } = model.run([command], now);
        const [outcome] = outcomes;
        if (command.kind === 'expire' || outcome?.kind !== 'refused') return outcomes;
        const { code, facts } = outcome.refusal;
        if (code !== 'hold_limit_reached') return outcomes;
        const { held, heldInAll, quota } = used(before, command.partner.id, now);
        const own = of[command.partner.id];
        if (command.kind === 'reserve') {
          const state = {
            held_per_product_max: [own?.heldPerProductMax, held],
            held_max: [own?.heldMax, heldInAll],
            product_quota: [own?.productQuota, quota],
            extensions_max: [],
          }[facts?.limit_name ?? 'extensions_max'];
          const [max = Infinity, units = 0] = state;
          expect(facts).toMatchObject({ limit: max, outstanding: units, left: Math.max(0, max - units) });
          expect(command.quantity).toBeGreaterThan(facts?.left ?? Infinity);
        } else {
          expect(command.kind).toBe('extend');
          const { extensions } = before.rows.get(command.reservationId) ?? {};
          expect(facts).toEqual({
            limit_name: 'extensions_max',
            limit: own?.extensionsMax,
            outstanding: extensions,
            left: 0,
          });
        }
        // Without limits it would have come about, an extension if its expiry is one to have.
        const free = withLimits([command], { [command.partner.id]: NO_LIMITS });
        const [otherwise] = before.decide(free, now).outcomes;
        const word = otherwise?.kind === 'refused' ? otherwise.refusal.code : otherwise?.kind;
        expect(command.kind === 'reserve' ? ['reserved'] : ['extended', 'expiry_out_of_range']).toContain(word);
        return outcomes;
      }),
    );
    expectTelling(tally);
  });

  it('are decided in a batch as one by one', () => {
    const tally = run((model, { now, commands }) => {
      const apart = model.fork();
      const together = model.run(commands, now).outcomes;
      const alone = commands.map((command) => apart.run([command], now).outcomes[0]);
      const kinds = (outcomes: readonly (Outcome | undefined)[]): unknown =>
        outcomes.map((outcome) => (outcome?.kind === 'refused' ? outcome.refusal : outcome?.kind));
      // A key that the batch has is replayed when it comes from an earlier one; a new hold is known to nobody before its answer.
      commands.forEach((command, n) => {
        if (command.kind !== 'reserve' || command.idempotency) return;
        expect(kinds([alone[n]])).toEqual(kinds([together[n]]));
      });
      return together;
    });
    expectTelling(tally);
  });
});
