import { Injectable } from '@nestjs/common';

import type { Command } from '../domain/command.js';
import type { Decision, Outcome } from '../domain/decision.js';
import type { MovementKind } from '../domain/movement.js';
import { DURATION_BUCKETS_SECONDS, Metrics } from '../observability/metrics.js';
import { Tally } from '../observability/tally.js';

const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

export type OptimisticOutcome = 'done' | 'row_taken' | 'given_up';

/** What happens to units, counted after the COMMIT that made it so, by the instance that did it. */
@Injectable()
export class ReservationMetrics {
  private readonly batchSizes;
  private readonly lockWaits;
  private readonly optimisticBatches;
  private readonly movements;
  private readonly units;
  private readonly holdsEnded;
  private readonly reserves;

  constructor(private readonly metrics: Metrics) {
    this.batchSizes = metrics.histogram({
      name: 'allotment_batch_commands',
      help: 'Commands that shared a transaction',
      buckets: BATCH_BUCKETS,
    });
    this.lockWaits = metrics.histogram({
      name: 'allotment_lock_wait_seconds',
      help: "How long a transaction waited for its product's row, by the database's clock",
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.optimisticBatches = metrics.counter({
      name: 'allotment_optimistic_batches_total',
      help: 'Transactions decided before the row was read: done in one round trip; row_taken, to be waited for; given_up, since there was no room for all, prices were changed, or a key was used before',
      labelNames: ['outcome'],
    });
    this.movements = metrics.counter({
      name: 'ota_movements_total',
      help: 'Lines of the ledger: holds that were made, extended, sold, expired, cancelled; units given to channels and taken',
      labelNames: ['kind', 'channel', 'partner_id'],
    });
    this.units = metrics.counter({
      name: 'ota_movement_units_total',
      help: 'Units of those lines',
      labelNames: ['kind', 'channel', 'partner_id'],
    });
    this.holdsEnded = metrics.counter({
      name: 'ota_holds_ended_total',
      help: 'Holds that came to an end, each once: sold (all or some), expired, cancelled. A sale that is cancelled is none',
      labelNames: ['outcome', 'channel', 'partner_id'],
    });
    this.reserves = metrics.counter({
      name: 'ota_reserves_total',
      help: 'Requests to reserve that the stock decided: reserved, or insufficient (an inventory conflict)',
      labelNames: ['product_id', 'channel', 'outcome'],
    });
  }

  /** @param depth how many commands wait for their turn */
  watchQueue(depth: () => number): void {
    this.metrics.gauge({ name: 'allotment_queue_depth', help: 'Commands waiting for their turn' }, (gauge) => {
      gauge.set(depth());
    });
  }

  /** @param commands that shared it, over all its products; none when their rows were taken */
  transaction(commands: number, lockWaitSeconds: number): void {
    if (commands === 0) return;
    this.batchSizes.observe(commands);
    this.lockWaits.observe(lockWaitSeconds);
  }

  optimistic(outcome: OptimisticOutcome): void {
    this.optimisticBatches.inc({ outcome });
  }

  committed(productId: number, commands: readonly Command[], decision: Decision): void {
    const moved = new Tally(this.movements);
    const units = new Tally(this.units);
    for (const line of decision.movements) {
      const labels = {
        kind: line.kind,
        channel: line.channelId,
        partner_id: 'partnerId' in line ? line.partnerId : '',
      };
      moved.add(labels, 1);
      units.add(labels, line.units);
    }
    moved.tell();
    units.tell();
    this.countEnded(decision);
    const reserves = new Tally(this.reserves);
    decision.outcomes.forEach((outcome, n) => {
      const command = commands[n];
      const decided = decidedByStock(outcome);
      if (command?.kind !== 'reserve' || !decided) return;
      reserves.add({ product_id: productId, channel: command.partner.channelId, outcome: decided }, 1);
    });
    reserves.tell();
  }

  /** A `cancelled` line gives back what was held, or what was sold: then the hold had ended before. */
  private countEnded({ movements, changed }: Decision): void {
    const sales = new Set(changed.flatMap(({ id, activatedAt }) => (activatedAt === undefined ? [] : [id])));
    for (const line of movements) {
      if (!('reservationId' in line)) continue;
      const { kind, channelId: channel, partnerId, reservationId } = line;
      if (kind !== 'activated' && kind !== 'expired' && kind !== 'cancelled') continue;
      if (kind === 'cancelled' && sales.has(reservationId)) continue;
      this.holdsEnded.inc({ outcome: ENDED_BY[kind], channel, partner_id: partnerId });
    }
  }
}

const ENDED_BY = {
  activated: 'sold',
  expired: 'expired',
  cancelled: 'cancelled',
} as const satisfies Partial<Record<MovementKind, string>>;

function decidedByStock(outcome: Outcome): 'reserved' | 'insufficient' | undefined {
  if (outcome.kind === 'reserved' && !outcome.again) return 'reserved';
  if (outcome.kind === 'refused' && outcome.refusal.code === 'insufficient_inventory') return 'insufficient';
  return undefined;
}
