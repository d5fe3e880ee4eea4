import { Injectable } from '@nestjs/common';

import { timeOrderedId } from '../database/time-ordered-id.js';
import type { Tx } from '../database/transaction.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { appendDeskLog, type DeskAction, deskLogHas } from './desk-log.store.js';
import { sayWhereToLook } from './in-doubt.js';

/** What a change at the desk came to, and the line that tells of it; without one nothing was changed. */
export interface DeskChange<T> {
  readonly result: T;
  readonly action?: DeskAction | undefined;
  /** What was done to something else by the same change. */
  readonly also?: DeskAction | undefined;
}

/**
 * Changes of what isn't units: products, prices, channels, partners, keys. Each is one transaction with its line in the log,
 * tried again as a whole, and looked up by that line when a COMMIT's answer was lost.
 */
@Injectable()
export class DeskWriter {
  constructor(private readonly unitOfWork: UnitOfWork) {}

  /**
   * @param actor `key:12`, `cli:anna`
   * @param work reads and queues its writes; may run more than once. What it throws (a DomainError) rolls all back
   * @throws DomainError `unavailable`, `outcome_unknown`
   */
  write<T>(actor: string, work: (tx: Tx) => Promise<DeskChange<T>>): Promise<T> {
    const id = timeOrderedId();
    let tried: { readonly result: T } | undefined;
    const written = this.unitOfWork.run({
      work: async (tx) => {
        // A COMMIT that was given up may have come through after all: what it made must not be in the way of itself.
        if (tried) {
          const [done] = await tx.read(deskLogHas(id));
          if (done) return tried.result;
        }
        const { result, action, also } = await work(tx);
        if (also) appendDeskLog(tx, timeOrderedId(), actor, also);
        if (action) appendDeskLog(tx, id, actor, action);
        tried = { result };
        return result;
      },
      tookPlace: (tx) => tx.read(deskLogHas(id)).then(([found]) => found),
    });
    return written.catch(
      sayWhereToLook('If it was, GET /api/admin/log has its line: look there before you send it again.'),
    );
  }
}
