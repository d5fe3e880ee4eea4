import type { AdminKeyService } from '../desk/admin-key.service.js';
import type { AllotmentService } from '../desk/allotment.service.js';
import type { ChannelService } from '../desk/channel.service.js';
import type { ConversionResponse } from '../desk/conversion.dto.js';
import type { DeskLogService } from '../desk/desk-log.service.js';
import type { KeyService } from '../desk/key.service.js';
import type { Operator } from '../desk/operator.js';
import type { PartnerService } from '../desk/partner.service.js';
import type { ProductService } from '../desk/product.service.js';
import type { SpecialDateService } from '../desk/special-date.service.js';
import type { AllotmentResponse } from '../inventory/allotment.dto.js';

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
  readonly specialDates: SpecialDateService;
  /** As the API answers it. @throws DomainError `product_not_found` */
  allotmentOf(productId: number): Promise<AllotmentResponse>;
  /** @param query as the API's, `from` and `to` at least */
  conversion(query: Readonly<Record<string, string>>): Promise<ConversionResponse>;
  reconcile(options: ReconcileWish): Promise<Reconciled>;
  /** Gives back the connections, and stops a private MySQL that was started for this. */
  close(): Promise<void>;
}

export interface ReconcileWish {
  readonly repair: boolean;
  /** Absent: all products. */
  readonly productIds: readonly number[] | undefined;
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
