import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { setTimeout as sleep } from 'node:timers/promises';

import { Injectable } from '@nestjs/common';

import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { Reader } from '../database/reader.js';
import { DomainError } from '../domain/errors.js';
import { lastReport } from './last-report.store.js';
import { AnotherRun, NoSuchProduct, ReconcileError } from './reconcile.js';
import type { ReconciliationRequest, ReconciliationState } from './reconciliation.dto.js';
import { ReconciliationService } from './reconciliation.service.js';

/** As long as people wait for an answer, and proxies for its first byte. */
const WAIT_MAX_MS = 10_000;
const PRODUCT_IDS_MAX = 200;

/** Reconciliation for whoever asks by the API. */
@Injectable()
export class ReconciliationDesk {
  constructor(
    private readonly reader: Reader,
    private readonly reconciliation: ReconciliationService,
  ) {}

  async state(): Promise<ReconciliationState> {
    const kept = await this.reader.run(lastReport());
    return { running: this.reconciliation.running, asked_by: kept?.actor ?? null, last: kept?.report ?? null };
  }

  /**
   * Waits for its end, for a while.
   *
   * @throws DomainError `reconciliation_running`, `product_not_found`, `unavailable`
   */
  async run(
    actor: string,
    { repair = false, product_ids, reason }: ReconciliationRequest,
  ): Promise<ReconciliationState> {
    const by = { actor, reason: parseText(reason, '/reason', REASON_MAX) };
    const run = this.reconciliation.run({ repair, by, ...(product_ids && { productIds: parseIds(product_ids) }) });
    // Whatever comes after the wait is in metrics and log.
    run.catch(() => undefined);
    await Promise.race([run.catch(refuse), sleep(WAIT_MAX_MS, undefined, { ref: false })]);
    return this.state();
  }
}

/** @throws DomainError `invalid_product_ids` */
function parseIds(ids: readonly number[]): number[] {
  if (ids.length < 1 || ids.length > PRODUCT_IDS_MAX) {
    throw memberFault(
      'invalid_product_ids',
      '/product_ids',
      `must have from 1 to ${PRODUCT_IDS_MAX} ids; leave it out for all products`,
    );
  }
  const wrong = ids.findIndex((id) => id < 1 || id > PRODUCT_ID_MAX);
  if (wrong >= 0) throw memberFault('invalid_product_ids', `/product_ids/${wrong}`, "is no product's id");
  return [...new Set(ids)].sort((a, b) => a - b);
}

function refuse(error: unknown): never {
  if (error instanceof AnotherRun) {
    throw new DomainError({
      code: 'reconciliation_running',
      detail:
        'Another run is at work on this database. GET /api/admin/reconciliation for what it finds, then ask again.',
    });
  }
  if (error instanceof NoSuchProduct) throw new DomainError({ code: 'product_not_found', detail: error.message });
  if (error instanceof ReconcileError)
    throw new DomainError({ code: 'unavailable', detail: error.message }, { cause: error });
  throw error;
}
