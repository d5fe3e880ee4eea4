import type { Command, ExpireCommand, ReserveCommand } from './command.js';
import { type Decision, keptAnswerId, type Outcome, type OverdueWanted, type Situation } from './decision.js';
import { Draft } from './draft.js';
import type { Refusal } from './errors.js';
import { type Instant, isoInstant } from './instant.js';
import type { Reservation } from './reservation.js';

/**
 * Decides a batch of commands on one product, in their order. Pure: the same situation, commands and time give the
 * same decision. A refused command changes nothing, so it never spoils its neighbours.
 *
 * @returns what to write, or which overdue holds have to be read first
 */
export function decide(situation: Situation, commands: readonly Command[], now: Instant): Decision | OverdueWanted {
  const draft = new Draft(situation, now);
  const outcomes = commands.map((command) => decideOne(draft, command));
  return draft.overdueWanted.size > 0
    ? { kind: 'overdue-wanted', holdsMax: mostHoldsWanted(draft.overdueWanted, commands) }
    : { kind: 'decided', outcomes, ...draft.changes() };
}

function decideOne(draft: Draft, command: Command): Outcome {
  switch (command.kind) {
    case 'reserve':
      return decideReserve(draft, command);
    case 'expire':
      return decideExpire(draft, command);
  }
}

function decideReserve(draft: Draft, command: ReserveCommand): Outcome {
  // Before any check that depends on time or stock: a repeated request gets its first answer, whatever has changed since.
  const earlier = earlierAnswer(draft, command);
  if (earlier) return earlier;

  const refusal = refuseReserve(draft, command);
  if (refusal) return { kind: 'refused', refusal };

  const { product, now } = draft;
  const reservation: Reservation = {
    id: command.reservationId,
    productId: product.productId,
    channelId: command.partner.channelId,
    partnerId: command.partner.id,
    quantity: command.quantity,
    status: 'active',
    expiresAt: command.expiresAt ?? now + Math.min(command.holdSeconds, command.partner.holdMaxSeconds) * 1000,
    createdAt: now,
    pricing: product.pricing,
  };
  draft.releaseOverdueUntilFree(reservation.channelId, reservation.quantity);
  draft.hold(reservation, command.idempotency);
  return { kind: 'reserved', reservation };
}

function decideExpire(draft: Draft, command: ExpireCommand): Outcome {
  if (!draft.exists) return { kind: 'expired', holds: [] };
  return { kind: 'expired', holds: draft.releaseOldest(command.channelId, command.holdsMax) };
}

function earlierAnswer(draft: Draft, { partner, idempotency }: ReserveCommand): Outcome | undefined {
  if (!idempotency) return undefined;
  const id = keptAnswerId(partner.id, idempotency.key);
  const inBatch = draft.keys.get(id);
  const kept = draft.situation.kept.get(id);
  if ((inBatch ?? kept ?? idempotency).fingerprint !== idempotency.fingerprint)
    return { kind: 'refused', refusal: KEY_REUSED };
  if (inBatch) return { kind: 'repeated', reservation: inBatch.reservation };
  return kept && { kind: 'replayed', answer: kept };
}

const KEY_REUSED: Refusal = {
  code: 'idempotency_key_reused',
  detail:
    'This Idempotency-Key was used for another request. Repeat the first request unchanged, or send this one under a new key.',
  facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'already used for a different operation or body' }] },
};

/** What is available comes before the partner's limits: more than there is gets 409 whatever the number. */
function refuseReserve(draft: Draft, command: ReserveCommand): Refusal | undefined {
  const { partner, quantity, expiresAt } = command;
  if (!draft.exists || !draft.product.sellable) return REFUSE.unknownProduct();
  const { productId, allocations } = draft.product;
  if (!allocations.has(partner.channelId)) return REFUSE.noAllocation(productId, partner.channelId);
  if (quantity < 1) return REFUSE.quantity(partner.quantityMax, 'at least 1');

  const available = draft.unitsAvailable(partner.channelId, quantity);
  if (quantity > available) {
    return {
      code: 'insufficient_inventory',
      detail:
        available === 0
          ? `Product ${productId} is sold out on channel ${partner.channelId}: 0 units are available, ${quantity} were requested.`
          : `Product ${productId} has ${available} units available on channel ${partner.channelId}; ${quantity} were requested. Ask for ${available} or fewer.`,
      facts: { product_id: productId, requested: quantity, available },
    };
  }
  if (quantity > partner.quantityMax) return REFUSE.quantity(partner.quantityMax, `at most ${partner.quantityMax}`);
  if (expiresAt === undefined) return undefined;

  const latest = draft.now + partner.holdMaxSeconds * 1000;
  if (expiresAt <= draft.now) return REFUSE.expiry(`lie in the future; it is now ${isoInstant(draft.now)}`);
  if (expiresAt > latest) return REFUSE.expiry(`be ${isoInstant(latest)} at the latest, your longest hold`);
  return undefined;
}

const REFUSE = {
  unknownProduct: (): Refusal => ({
    code: 'unknown_product',
    detail: 'There is no such product on sale. GET /api/ota/inventory lists the products that you may sell.',
    facts: { errors: [{ pointer: '/product_id', detail: 'not a product on sale' }] },
  }),
  noAllocation: (productId: number, channelId: string): Refusal => ({
    code: 'no_allocation',
    detail: `Product ${productId} has no allocation on channel ${channelId}. GET /api/ota/inventory lists the products that you may sell.`,
    facts: { product_id: productId, errors: [{ pointer: '/product_id', detail: 'no allocation on your channel' }] },
  }),
  quantity: (limit: number, bound: string): Refusal => ({
    code: 'quantity_out_of_range',
    detail: `quantity must be ${bound}; a single request may hold from 1 to ${limit} units.`,
    facts: { limit, errors: [{ pointer: '/quantity', detail: `must be ${bound}` }] },
  }),
  expiry: (bound: string): Refusal => ({
    code: 'expiry_out_of_range',
    detail: `reservation_expires_at must ${bound}.`,
    facts: { errors: [{ pointer: '/reservation_expires_at', detail: `must ${bound}` }] },
  }),
};

/** Every hold has at least one unit, so no more holds can be wanted than units are asked for within the limits. */
function mostHoldsWanted(channels: ReadonlySet<string>, commands: readonly Command[]): Map<string, number> {
  const most = new Map<string, number>([...channels].map((channel) => [channel, 0]));
  for (const command of commands) {
    const [channel, holds] =
      command.kind === 'expire'
        ? [command.channelId, command.holdsMax]
        : [command.partner.channelId, command.quantity <= command.partner.quantityMax ? command.quantity : 0];
    const soFar = most.get(channel);
    if (soFar !== undefined) most.set(channel, soFar + Math.max(0, holds));
  }
  return most;
}
