import { Inject, Injectable } from '@nestjs/common';

import { LOG, type Log } from './log.js';

interface OtaEvents {
  'ota.inventory.requested': {
    readonly product_ids: readonly number[];
    readonly partner_id: string;
    readonly available_quantities: Readonly<Record<string, number>>;
  };
  'ota.reservation.created': ReservationFields & { readonly expires_at: string };
  'ota.reservation.expired': ReservationFields;
  'ota.inventory.insufficient': { readonly product_id: number; readonly requested: number; readonly available: number };
}

interface ReservationFields {
  readonly reservation_id: string;
  readonly product_id: number;
  readonly quantity: number;
}

const LEVELS = {
  'ota.inventory.requested': 'info',
  'ota.reservation.created': 'info',
  'ota.reservation.expired': 'info',
  'ota.inventory.insufficient': 'warn',
} as const satisfies Record<keyof OtaEvents, 'info' | 'warn'>;

/** The card's log events, with their fields by type. Each is logged after the COMMIT of what it tells. */
@Injectable()
export class OtaEventLog {
  constructor(@Inject(LOG) private readonly log: Log) {}

  /**
   * Never throws: what it tells has been committed, and a failed log line must not look like a failed commit.
   *
   * @param requestId of the request that caused it; a job has none
   */
  write<E extends keyof OtaEvents>(event: E, fields: OtaEvents[E], requestId?: string): void {
    const line: object = requestId === undefined ? fields : { request_id: requestId, ...fields };
    try {
      this.log[LEVELS[event]](line, event);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
}
