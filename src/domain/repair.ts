import type { Allocation, Allocations } from './allocation.js';
import { allocatedInAll, channelsOf, type Counters, differencesOf, type ProductCount } from './drift.js';
import type { RepairMovement } from './movement.js';

/** What to write so that counters and ledger are what the reservations say. */
export interface Repair {
  readonly kind: 'repaired';
  readonly before: Allocations;
  readonly allocations: Allocations;
  readonly movementSeq: number;
  /** At least one, so that every repair is on record. */
  readonly movements: readonly RepairMovement[];
}

/** Only somebody who knows what was sold can decide. */
export interface RepairRefused {
  readonly kind: 'refused';
  /** Each says by how much, and what can be done. */
  readonly reasons: readonly string[];
}

export type RepairDecision = { readonly kind: 'sound' } | Repair | RepairRefused;

/**
 * Takes the reservations' word, since partners have it in writing, unless they add up to more than there is. Pure; the
 * count was made with the product's row locked.
 */
export function decideRepair(count: ProductCount): RepairDecision {
  const differences = differencesOf(count);
  if (differences.length === 0) return { kind: 'sound' };
  const { counters } = count;
  if (!counters) return { kind: 'refused', reasons: [NO_ROW] };
  const reasons = [...unfit(count, counters), ...unsummed(counters)];
  if (reasons.length > 0) return { kind: 'refused', reasons };
  // When only the numbers are off, there is a line at the ledger's new end all the same, of whichever channel.
  const channels = differences.flatMap(({ channelId }) => channelId ?? []);
  return mend(count, counters, new Set(channels.length > 0 ? channels : channelsOf(count).slice(0, 1)));
}

function mend(count: ProductCount, counters: Counters, off: ReadonlySet<string>): Repair {
  const allocations = new Map<string, Allocation>();
  const movements: RepairMovement[] = [];
  // Past both ends: no number is given twice, and one that was left out stays a gap that shows.
  let seq = Math.max(counters.movementSeq, count.ledger.seq);
  for (const [channelId, before] of counters.allocations) {
    const after = { allocated: before.allocated, ...unitsOf(count, channelId) };
    allocations.set(channelId, after);
    if (!off.has(channelId)) continue;
    const units = Math.abs(after.reserved - before.reserved) + Math.abs(after.sold - before.sold);
    movements.push({ seq: ++seq, channelId, kind: 'repaired', units, ...after });
  }
  return { kind: 'repaired', before: counters.allocations, allocations, movementSeq: seq, movements };
}

function unfit(count: ProductCount, { allocations }: Counters): string[] {
  return channelsOf(count).flatMap((channelId) => {
    const { reserved, sold } = unitsOf(count, channelId);
    const units = reserved + sold;
    const share = allocations.get(channelId);
    if (!share) {
      return [
        `channel ${channelId} has no allocation, and its reservations have ${units} units: ` +
          `give it an allocation of ${units} or more, or cancel them`,
      ];
    }
    const over = units - share.allocated;
    if (over <= 0) return [];
    return [
      `the reservations of channel ${channelId} have ${units} units (${reserved} held, ${sold} sold), ` +
        `${over} more than its allocation of ${share.allocated}: give it ${over} more, or cancel reservations of ${over}`,
    ];
  });
}

function unsummed(counters: Counters): string[] {
  const allocated = allocatedInAll(counters);
  if (counters.allocations.size > 0 && allocated === counters.sellableCap) return [];
  return [
    `the channels' allocations sum to ${allocated}, and sellable_cap is ${counters.sellableCap}: ` +
      'find out which of them is right, and set the other to it',
  ];
}

const unitsOf = ({ rows }: ProductCount, channelId: string): Pick<Allocation, 'reserved' | 'sold'> =>
  rows.get(channelId) ?? { reserved: 0, sold: 0 };

const NO_ROW = 'it has reservations and no row in product_inventory: bring the row back from a backup';
