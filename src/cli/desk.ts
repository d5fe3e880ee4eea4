import type { AdminKeyService } from '../desk/admin-key.service.js';
import type { AllotmentService } from '../desk/allotment.service.js';
import type { BalanceResponse } from '../desk/balance.dto.js';
import type { ChannelService } from '../desk/channel.service.js';
import type { ConversionResponse } from '../desk/conversion.dto.js';
import type { DeskLogService } from '../desk/desk-log.service.js';
import type { KeyService } from '../desk/key.service.js';
import type { MovementList } from '../desk/movements.dto.js';
import type { Operator } from '../desk/operator.js';
import type { PartnerService } from '../desk/partner.service.js';
import type { ProductService } from '../desk/product.service.js';
import type { SpecialDateService } from '../desk/special-date.service.js';
import type { AllotmentResponse } from '../inventory/allotment.dto.js';
import type { OperatorExplanation } from '../inventory/explanation.dto.js';
import type { TimedReleases } from './timed-releases.js';

/**
 * What the commands work with: the services of the API, in this process. Commands know their types only, so that help and
 * typos are answered before any of it is loaded.
 */
export interface Desk {
  readonly operator: Operator;
  readonly adminKeys: AdminKeyService;
  readonly allotments: AllotmentService;
  readonly channels: ChannelService;
  readonly keys: KeyService;
  readonly log: DeskLogService;
  readonly partners: PartnerService;
  readonly products: ProductService;
  readonly releases: TimedReleases;
  readonly specialDates: SpecialDateService;
  /** As the API answers it. @throws DomainError `product_not_found` */
  allotmentOf(productId: number): Promise<AllotmentResponse>;
  /** @param query as the API's, `from` and `to` at least */
  conversion(query: Asked): Promise<ConversionResponse>;
  /** To the operator. @throws DomainError `product_not_found`, `invalid_filter` */
  explanationOf(productId: number, query: Asked): Promise<OperatorExplanation>;
  /** @param at now, when absent. @throws DomainError `product_not_found`, `invalid_filter` */
  balanceOf(productId: number, at: string | undefined): Promise<BalanceResponse>;
  /** A page of the ledger. @throws DomainError `invalid_filter` */
  movements(query: Asked): Promise<MovementList>;
  /** The whole of it as text, read as it is taken. @throws DomainError `invalid_filter`, before the first */
  movementsCsv(query: Asked): AsyncIterable<string>;
  reconcile(options: ReconcileWish): Promise<Reconciled>;
  /** Gives back the connections, and stops a private MySQL that was started for this. */
  close(): Promise<void>;
}

/** A query as the API has it. */
export type Asked = Readonly<Record<string, string>>;

export interface ReconcileWish {
  readonly repair: boolean;
  /** Absent: all products. */
  readonly productIds: readonly number[] | undefined;
  /** For the ledger. */
  readonly reason: string | undefined;
}

/** What a run found. */
export interface Reconciled {
  /** Whether nothing is off any more. */
  readonly sound: boolean;
  /** For people. */
  readonly text: string;
  /** For programs. */
  readonly json: object;
}
