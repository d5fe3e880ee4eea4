import type { Decision, Outcome } from '../../src/domain/decision.js';
import { isOverdue, type Reservation } from '../../src/domain/reservation.js';
import { activate, cancel, NOW } from './builders.js';
import { always, beforeLast, type History } from './histories.js';
import { Model, pricesAt } from './model.js';
import { PARTNERS, type Step, type WishedCommand } from './wishes.js';

interface Decided {
  readonly step: Step;
  readonly outcome: Outcome;
  /** As it was before its batch. */
  readonly before: Reservation | undefined;
  readonly now: number;
}

/** Every step of a history with what became of it. */
function steps(history: History): Decided[] {
  const model = new Model(history.start);
  return history.batches.flatMap(({ now, commands }) => {
    const before = new Map(model.rows);
    const { outcomes } = model.run(commands, now);
    return commands.flatMap((step, n) => {
      const outcome = outcomes[n];
      if (!outcome || step.kind === 'reserve' || step.kind === 'expire') return [];
      return [{ step, outcome, before: before.get(step.reservationId), now }];
    });
  });
}

const codeOf = (outcome: Outcome | undefined): string | undefined =>
  outcome?.kind === 'refused' ? outcome.refusal.code : outcome?.kind;

const nothing = (at: Model): Partial<Decision> => ({
  allocations: at.allocations,
  movementSeq: at.movementSeq,
  reservations: [],
  changed: [],
  orders: [],
  expired: [],
  movements: [],
  outstanding: new Map(),
});

/** At the end of a history, and well before any cut-off that isn't over. */
function atTheEnd(history: History): { model: Model; now: number; ended: Reservation[] } {
  const { model, now, commands } = beforeLast(history);
  model.run(commands, now);
  const ended = [...model.rows.values()].filter(({ asked }) => asked.activate ?? asked.cancel);
  return { model, now, ended };
}

const ownerOf = ({ partnerId }: Reservation): (typeof PARTNERS)[number] =>
  PARTNERS.find(({ id }) => id === partnerId) ?? PARTNERS[0];

describe('a step, whatever came before', () => {
  it("finds another partner's reservation no more than one that does not exist, and leaves it alone", () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const decision = model.decide(commands, now);
      commands.forEach((command, n) => {
        if (command.kind === 'reserve' || command.kind === 'expire') return;
        if (model.rows.get(command.reservationId)?.partnerId === command.partner.id) return;
        const outcome = decision.outcomes[n];
        if (codeOf(outcome) === 'idempotency_key_reused') return;
        expect(codeOf(outcome)).toBe('reservation_not_found');
        const nowhere = model.decide([{ ...command, reservationId: 'res_nowhere', idempotency: undefined }], now);
        expect(nowhere.outcomes).toEqual([outcome]);
      });
      for (const { id, partnerId } of decision.changed) {
        const by = commands.filter((one) => one.kind !== 'expire' && one.reservationId === id);
        expect(by.some((one) => one.kind !== 'expire' && one.partner.id === partnerId)).toBe(true);
      }
    });
  });

  it('never takes place on an overdue hold', () => {
    always((history) => {
      for (const { step, outcome, before, now } of steps(history)) {
        if (before?.status !== 'active' || !isOverdue(before, now)) continue;
        if (outcome.kind === 'replayed') continue; // the answer of long ago
        const code = step.partner.id === before.partnerId ? 'status_conflict' : 'reservation_not_found';
        expect([code, 'idempotency_key_reused']).toContain(codeOf(outcome));
      }
    });
  });

  it('has a hold last longer, never shorter nor past the longest hold from its beginning', () => {
    always((history) => {
      for (const { step, outcome, before } of steps(history)) {
        if (step.kind !== 'extend' || outcome.kind !== 'extended' || !before) continue;
        const { createdAt, expiresAt } = outcome.reservation;
        expect(expiresAt).toBeGreaterThanOrEqual(before.expiresAt);
        if (!outcome.again) expect(expiresAt).toBeLessThanOrEqual(createdAt + step.partner.holdMaxSeconds * 1000);
      }
    });
  });

  it('never brings back what has ended', () => {
    always((history) => {
      for (const { step, outcome, before } of steps(history)) {
        if (before?.status !== 'expired' && before?.status !== 'cancelled') continue;
        if (outcome.kind === 'refused' || outcome.kind === 'replayed') continue;
        expect({ step: step.kind, outcome }).toMatchObject({ step: 'cancel', outcome: { again: true } });
        expect(before.status).toBe('cancelled');
      }
    });
  });

  it('answers the same when it is finished and asked for again, and changes nothing', () => {
    always((history) => {
      const { model, now, ended } = atTheEnd(history);
      for (const row of ended) {
        const again = stepThatEnded(row, '');
        const { outcomes, ...changes } = model.decide([{ ...again, idempotency: undefined }], now + 60_000);
        expect(outcomes).toEqual([{ kind: row.status, reservation: row, again: true }]);
        expect(changes).toEqual({ kind: 'decided', ...nothing(model), keys: [] });

        const underKey = { ...again, idempotency: { key: 'a new one', fingerprint: again.fingerprint } };
        const keyed = model.decide([underKey, underKey], now + 60_000);
        expect(keyed).toMatchObject({ ...nothing(model), keys: [{ key: 'a new one', done: outcomes[0] }] });
        expect(keyed.outcomes).toEqual([...outcomes, ...outcomes]);
      }
    });
  });

  it('is refused when it is finished and asked for with another body', () => {
    always((history) => {
      const { model, now, ended } = atTheEnd(history);
      for (const row of ended) {
        const { outcomes, ...changes } = model.decide([stepThatEnded(row, ' otherwise')], now);
        expect(outcomes).toMatchObject([
          { kind: 'refused', refusal: { code: 'step_differs', facts: { reservation_status: row.status } } },
        ]);
        expect(changes).toEqual({ kind: 'decided', ...nothing(model), keys: [] });
      }
    });
  });

  it('has no use for the prices of its day: an order is made from the snapshot of its hold', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const byStep = ({ orders, changed }: Decision): unknown => [orders, changed];
      const otherPrices = { ...pricesAt(NOW + 777), currency: 'XTS', timeZone: 'Pacific/Apia' };
      expect(byStep(model.decide(commands, now, otherPrices))).toEqual(byStep(model.decide(commands, now)));
      for (const { pricing, order, id } of model.decide(commands, now).orders) {
        expect(pricing).toEqual(model.rows.get(id)?.pricing);
        expect(order?.currency).toBe(pricing.currency);
      }
    });
  });

  it('that is refused leaves a hold to be activated whole', () => {
    always((history) => {
      const { model, now, commands } = beforeLast(history);
      const refused = model.decide(commands, now).outcomes.map((outcome) => outcome.kind === 'refused');
      model.run(
        commands.filter((_, n) => refused[n]),
        now,
      );
      for (const row of model.rows.values()) {
        if (row.status !== 'active' || isOverdue(row, now)) continue;
        const whole: WishedCommand = activate({ reservationId: row.id, partner: ownerOf(row), orderId: 9_999 });
        expect(model.decide([whole], now).outcomes).toMatchObject([
          { kind: 'activated', reservation: { quantity: row.quantity, order: { quantity: row.quantity } } },
        ]);
      }
    });
  });
});

/** The step by which the reservation came to be what it is, or one that differs in its body. */
function stepThatEnded(row: Reservation, difference: string): Step {
  const common = { reservationId: row.id, partner: ownerOf(row) };
  return row.status === 'activated'
    ? activate({ ...common, orderId: 9_999, fingerprint: `${row.asked.activate}${difference}` })
    : cancel({ ...common, fingerprint: `${row.asked.cancel}${difference}` });
}
