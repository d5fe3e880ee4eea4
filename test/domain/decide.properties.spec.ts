import { decide } from '../../src/domain/decide.js';
import { type Decision, keptAnswerId, type Outcome } from '../../src/domain/decision.js';
import { partner, reserve } from './builders.js';
import { deepFrozen } from './frozen.js';
import { always, beforeLast } from './histories.js';
import { expectLedgerOf, expectSound, expectSoundLedger, expectSoundRows } from './invariants.js';
import { answerOf, Model, ofReservation, pricesAt, unitsOf } from './model.js';
import { CHANNELS, type WishedCommand } from './wishes.js';

/** Without the difference between a repeat within the batch and one of an earlier batch. */
const answers = (outcomes: readonly Outcome[]): unknown[] =>
  outcomes.map((outcome) => {
    if (outcome.kind === 'replayed') return { again: outcome.answer.body };
    return outcome.kind === 'refused' || outcome.kind === 'expired' || !outcome.again
      ? outcome
      : { again: answerOf(ofReservation(outcome)) };
  });

const anybody = (channelId: string): ReturnType<typeof partner> =>
  partner({ id: 'anybody', channelId, quantityMax: 1e6 });
const channelOf = (command: WishedCommand): string =>
  command.kind === 'expire' ? command.channelId : command.partner.channelId;

describe('decide, whatever is asked', () => {
  it('keeps the data sound after each batch', () => {
    always(({ start, batches }) => {
      const model = new Model(start);
      expectSound(model);
      for (const { now, commands } of batches) {
        const decision = model.run(commands, now);
        expect(decision.outcomes).toHaveLength(commands.length);
        expectLedgerOf(decision);
        expectSound(model);
        expectSoundRows(model, decision);
      }
      expectSoundLedger(model);
    });
  });

  it('makes of an accepted reserve exactly the hold that was asked for', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const { outcomes, reservations } = model.decide(commands, now);
      const asked = commands.flatMap((command, n) => {
        const outcome = outcomes[n];
        if (command.kind !== 'reserve' || outcome?.kind !== 'reserved' || outcome.again) return [];
        const { reservationId: id, quantity, partner, holdSeconds } = command;
        const { expiresAt = now + Math.min(holdSeconds, partner.holdMaxSeconds) * 1000 } = command;
        expect(quantity).toBeGreaterThan(0);
        expect(quantity).toBeLessThanOrEqual(partner.quantityMax);
        expect(expiresAt).toBeGreaterThan(now);
        expect(expiresAt).toBeLessThanOrEqual(now + partner.holdMaxSeconds * 1000);
        const { id: partnerId, channelId } = partner;
        const pricing = pricesAt(now);
        return [{ id, partnerId, channelId, quantity, expiresAt, createdAt: now, status: 'active', pricing }];
      });
      expect(reservations).toEqual(asked.map((hold): unknown => expect.objectContaining(hold)));
    });
  });

  it('lets a refused command change nothing', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const whole = model.decide(commands, now);
      whole.outcomes.forEach((outcome, n) => {
        if (outcome.kind !== 'refused') return;
        const without = model.decide(commands.toSpliced(n, 1), now);
        expect(without).toEqual({ ...whole, outcomes: whole.outcomes.toSpliced(n, 1) });
      });
    });
  });

  it('decides a batch like its parts, one after the other at the same time', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const whole = model.fork();
      const { outcomes } = whole.run(commands, now);
      for (let cut = 1; cut < commands.length; cut++) {
        const parts = model.fork();
        const first = parts.run(commands.slice(0, cut), now);
        const second = parts.run(commands.slice(cut), now);
        expect(answers([...first.outcomes, ...second.outcomes])).toEqual(answers(outcomes));
        expect([parts.allocations, parts.rows, parts.orders]).toEqual([whole.allocations, whole.rows, whole.orders]);
        expect(parts.kept).toEqual(whole.kept);
        expect(parts.ledger).toEqual(whole.ledger);
      }
    });
  });

  it('is pure: it writes to none of its arguments and says the same again', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const overdue = model.readOverdue(new Map(CHANNELS.map((channel) => [channel, 1e6])), now);
      const situation = deepFrozen({ ...model.situation(commands, pricesAt(now), now), overdue });
      const frozen = deepFrozen(commands);
      expect(decide(situation, frozen, now)).toEqual(decide(situation, frozen, now));
    });
  });
});

describe('idempotency keys, whatever is asked', () => {
  it('give the first answer to the same request and refuse another, in the same batch and later', () => {
    always(({ start, batches }) => {
      const model = new Model(start);
      const first = new Map([...start.kept].map(([id, { fingerprint, body }]) => [id, { fingerprint, answer: body }]));
      for (const { now, commands } of batches) {
        const { outcomes, keys } = model.run(commands, now);
        const news = keys.map(({ partnerId, key }) => keptAnswerId(partnerId, key));
        commands.forEach((command, n) => {
          const outcome = outcomes[n];
          if (command.kind === 'expire' || !command.idempotency) return;
          const { key, fingerprint } = command.idempotency;
          const id = keptAnswerId(command.partner.id, key);
          const earlier = first.get(id);
          const reused = outcome?.kind === 'refused' && outcome.refusal.code === 'idempotency_key_reused';
          expect(reused).toBe(earlier !== undefined && earlier.fingerprint !== fingerprint);
          if (earlier?.fingerprint === fingerprint)
            expect(outcome && answers([outcome])).toEqual([{ again: earlier.answer }]);
          if (earlier) return;
          expect(outcome?.kind).not.toBe('replayed');
          if (!outcome || !('reservation' in outcome)) return;
          first.set(id, { fingerprint, answer: answerOf(outcome) });
          expect(news).toContain(id);
        });
        expect(model.kept.size).toBe(first.size);
      }
    });
  });
});

describe('availability, whatever came before', () => {
  it.each(CHANNELS)('is kept on %s: exactly that much can be reserved, and one unit more is refused', (channelId) => {
    always((history) => {
      const { model, now } = beforeLast(history);
      const available = model.available(channelId, now);
      const ask = (quantity: number): Outcome | undefined =>
        model.decide([reserve({ partner: anybody(channelId), quantity })], now).outcomes[0];
      if (!history.start.sellable) {
        expect(ask(1)).toMatchObject({ kind: 'refused', refusal: { code: 'unknown_product' } });
        return;
      }
      if (available > 0)
        expect(ask(available)).toMatchObject({ kind: 'reserved', reservation: { quantity: available } });
      expect(ask(available + 1)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'insufficient_inventory', facts: { requested: available + 1, available } },
      });
    });
  });

  it('comes from overdue holds only as far as needed, oldest first, once free units are used up', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      for (const command of commands) {
        const channel = channelOf(command);
        const before = model.available(channel, now) - unitsOf(model.overdue(channel, now));
        const overdue = model.overdue(channel, now);
        const { expired, outcomes } = model.run([command], now);
        expect(expired).toEqual(overdue.slice(0, expired.length));
        if (command.kind === 'expire') expect(expired).toHaveLength(Math.min(command.holdsMax, overdue.length));
        else if (expired.length > 0) {
          expect(outcomes[0]?.kind).toBe('reserved');
          const asked = command.kind === 'reserve' ? command.quantity : 0;
          expect(before + unitsOf(expired)).toBeGreaterThanOrEqual(asked);
          expect(before + unitsOf(expired.slice(0, -1))).toBeLessThan(asked);
        }
      }
    });
  });

  it('of one channel has nothing to do with another', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const together = model.decide(commands, now);
      for (const channel of CHANNELS) {
        const own = (decision: Decision): unknown => ({
          share: decision.allocations.get(channel),
          reservations: decision.reservations.filter(({ channelId }) => channelId === channel),
          changed: decision.changed.filter(({ channelId }) => channelId === channel),
          orders: decision.orders.filter(({ channelId }) => channelId === channel),
          expired: decision.expired.filter(({ channelId }) => channelId === channel),
          movements: decision.movements
            .filter(({ channelId }) => channelId === channel)
            .map(({ seq: _, ...rest }) => rest),
        });
        const alone = model.decide(
          commands.filter((command) => channelOf(command) === channel),
          now,
        );
        expect(own(alone)).toEqual(own(together));
        expect(alone.outcomes).toEqual(
          together.outcomes.filter((_, n) => commands[n] && channelOf(commands[n]) === channel),
        );
      }
    });
  });
});
