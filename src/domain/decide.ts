import type { Command, ExpireCommand } from './command.js';
import {
  type Allotted,
  type Decision,
  type Done,
  keptAnswerId,
  type Outcome,
  type OverdueWanted,
  type Refused,
  type Situation,
} from './decision.js';
import { ALLOT_HOLDS_MAX, decideAllot } from './allot.js';
import { Draft } from './draft.js';
import type { Refusal } from './errors.js';
import type { Instant } from './instant.js';
import { decideReserve } from './reserve.js';
import { decideActivate, decideCancel, decideExtend } from './steps.js';

/**
 * Decides a batch of commands on one product, in their order. Pure: the same situation, commands and time give the
 * same decision. A refused command changes nothing, so it never spoils its neighbours.
 *
 * @returns what to write, or which overdue holds have to be read first
 */
export function decide(situation: Situation, commands: readonly Command[], now: Instant): Decision | OverdueWanted {
  const draft = new Draft(situation, now);
  const outcomes = commands.map((command) => decideOnce(draft, command));
  return draft.overdueWanted.size > 0
    ? { kind: 'overdue-wanted', holdsMax: mostHoldsWanted(draft.overdueWanted, commands) }
    : { kind: 'decided', outcomes, ...draft.changes() };
}

type AskedCommand = Exclude<Command, ExpireCommand>;

/**
 * Before any check that depends on time or stock: a request repeated under its key gets its first answer, whatever has
 * changed since. What takes place under a key is kept.
 */
function decideOnce(draft: Draft, command: Command): Outcome {
  if (command.kind === 'expire') return decideExpire(draft, command);
  draft.by = command.by;
  const { partner, idempotency } = command;
  if (!idempotency) return decideAsked(draft, command);

  const id = keptAnswerId(partner.id, idempotency.key);
  const inBatch = draft.keys.get(id);
  const kept = draft.situation.kept.get(id);
  if ((inBatch ?? kept ?? idempotency).fingerprint !== idempotency.fingerprint) {
    return { kind: 'refused', refusal: KEY_REUSED };
  }
  if (inBatch) return { ...inBatch.done, again: true };
  if (kept) return { kind: 'replayed', answer: kept };

  const outcome = decideAsked(draft, command);
  if (outcome.kind !== 'refused') draft.keep(partner.id, idempotency, outcome);
  return outcome;
}

function decideAsked(draft: Draft, command: AskedCommand): Done | Allotted | Refused {
  switch (command.kind) {
    case 'reserve':
      return decideReserve(draft, command);
    case 'activate':
      return decideActivate(draft, command);
    case 'extend':
      return decideExtend(draft, command);
    case 'cancel':
      return decideCancel(draft, command);
    case 'allot':
      return decideAllot(draft, command);
  }
}

function decideExpire(draft: Draft, command: ExpireCommand): Outcome {
  draft.by = undefined;
  if (!draft.exists) return { kind: 'expired', holds: [] };
  return { kind: 'expired', holds: draft.releaseOldest(command.channelId, command.holdsMax) };
}

const KEY_REUSED: Refusal = {
  code: 'idempotency_key_reused',
  detail:
    'This Idempotency-Key was used for another request. Repeat the first request unchanged, or send this one under a new key.',
  facts: { errors: [{ parameter: 'Idempotency-Key', detail: 'already used for a different operation or body' }] },
};

/** Every hold has at least one unit, so no more holds can be wanted than units are asked for within the limits. */
function mostHoldsWanted(channels: ReadonlySet<string>, commands: readonly Command[]): Map<string, number> {
  const mostOn = (channelId: string): number =>
    commands.reduce((holds, command) => holds + holdsWanted(channelId, command), 0);
  return new Map([...channels].map((channelId) => [channelId, mostOn(channelId)]));
}

function holdsWanted(channelId: string, command: Command): number {
  switch (command.kind) {
    case 'expire':
      return command.channelId === channelId ? Math.max(0, command.holdsMax) : 0;
    case 'reserve': {
      const { partner, quantity } = command;
      return partner.channelId === channelId && quantity <= partner.quantityMax ? Math.max(0, quantity) : 0;
    }
    case 'allot':
      return ALLOT_HOLDS_MAX;
    case 'activate':
    case 'extend':
    case 'cancel':
      return 0;
  }
}
