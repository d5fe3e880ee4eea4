import type { Allocation } from './allocation.js';
import { type AllotChange, type Allotment, type ChannelChange, NO_UNITS, versionOf } from './allotment.js';
import type { AllotCommand } from './command.js';
import type { Allotted, Refused } from './decision.js';
import type { Draft } from './draft.js';
import type { Refusal } from './errors.js';

/** Largest number of units that a channel or a product may have: a signed 32-bit number, as in the API. */
export const UNITS_MAX = 2_147_483_647;
/** So many overdue holds are released for one change at most, since partners wait meanwhile; the expiry job does the rest. */
export const ALLOT_HOLDS_MAX = 1_000;

/**
 * Changes how the product's cap is split. Channels give before others take, and a channel gives units that are free or of
 * overdue holds only, so nothing that is held or sold loses its unit.
 */
export function decideAllot(draft: Draft, command: AllotCommand): Allotted | Refused {
  if (!draft.exists) return refused(NO_PRODUCT);
  const before = draft.allotment;
  const version = versionOf(before);
  if (command.expected !== undefined && command.expected !== version) {
    return refused({
      code: 'allotment_changed',
      detail:
        `The allotment of product ${before.productId} has changed since you read it: it is "${version}" now. ` +
        'GET it, and send your change again with its ETag in If-Match if you still want it.',
      facts: { product_id: before.productId },
    });
  }
  const { releaseId } = command;
  if (releaseId !== undefined && draft.statusOfRelease(releaseId) !== 'scheduled') return refused(RELEASE_SETTLED);
  // A try is made on a copy. What overdue holds it needs is known all the same.
  const work = command.dryRun ? draft.copy() : draft;
  const changes = differences(work, before, command.change);
  const sum = before.sellableCap + changes.reduce((units, [, by]) => units + by, 0);
  if (sum > UNITS_MAX) return refused(tooMany(sum));
  const short = changes.flatMap(([channelId, by]) => shortage(work, channelId, -by) ?? []);
  const [first] = short;
  if (first) return refused({ ...first, detail: short.map(({ detail }) => detail).join(' ') });
  for (const [channelId, by] of changes) work.allot(channelId, by);
  if (releaseId !== undefined) work.finishRelease(releaseId, unitsGiven(changes));
  const after = work.allotment;
  return {
    kind: 'allotted',
    before,
    after,
    changes: changes.map(([channelId]) => changeOf(channelId, before, after)),
    dryRun: command.dryRun,
    again: false,
  };
}

type Difference = readonly [channelId: string, by: number];

/** Who gets and who gives how much, givers first, by channel. */
function differences(draft: Draft, { sellableCap, allocations }: Allotment, change: AllotChange): Difference[] {
  const wanted = ((): Difference[] => {
    switch (change.kind) {
      case 'cap':
        return [[change.channelId, change.sellableCap - sellableCap]];
      case 'allocate':
        return [...change.allocated].map(([id, units]) => [id, units - (allocations.get(id) ?? NO_UNITS).allocated]);
      case 'transfer':
        return moved(change.from, change.to, change.units);
      case 'release':
        return moved(
          change.from,
          change.to,
          Math.max(0, draft.unitsToGive(change.from, ALLOT_HOLDS_MAX) - change.keep),
        );
    }
  })();
  return wanted.filter(([, by]) => by !== 0).sort(([a, byA], [b, byB]) => byA - byB || (a < b ? -1 : 1));
}

const moved = (from: string, to: string, units: number): Difference[] => [
  [from, -units],
  [to, units],
];

/** Why the channel can't give so many units. */
function shortage(draft: Draft, channelId: string, units: number): Refusal | undefined {
  if (units <= 0) return undefined;
  const available = draft.unitsToGive(channelId, ALLOT_HOLDS_MAX, units);
  if (units <= available) return undefined;
  const { allocated, reserved, sold } = shareOf(draft.allotment, channelId);
  return {
    code: 'allocation_in_use',
    detail:
      `Channel ${channelId} can give ${available} units, ${units - available} fewer than ${units}: ` +
      `of its ${allocated}, ${reserved} are held and ${sold} sold. Take ${available} or fewer, or wait for holds to end.`,
    facts: { product_id: draft.product.productId, requested: units, available },
  };
}

const unitsGiven = (changes: readonly Difference[]): number =>
  changes.reduce((units, [, by]) => units + Math.max(0, by), 0);

const changeOf = (channelId: string, before: Allotment, after: Allotment): ChannelChange => ({
  channelId,
  before: shareOf(before, channelId),
  after: shareOf(after, channelId),
});

/** A channel that was given none has none. */
const shareOf = ({ allocations }: Allotment, channelId: string): Allocation => allocations.get(channelId) ?? NO_UNITS;

const tooMany = (sum: number): Refusal => ({
  code: 'invalid_allotment',
  detail: `The channels would have ${sum} units together; a product has at most ${UNITS_MAX}.`,
  facts: { limit: UNITS_MAX },
});

const NO_PRODUCT: Refusal = {
  code: 'product_not_found',
  detail: 'There is no such product. GET /api/admin/products lists all.',
};

const RELEASE_SETTLED: Refusal = {
  code: 'release_settled',
  detail: 'The release was carried out or cancelled before. GET it to see which.',
};

const refused = (refusal: Refusal): Refused => ({ kind: 'refused', refusal });
