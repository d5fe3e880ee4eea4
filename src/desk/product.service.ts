import { Injectable } from '@nestjs/common';

import {
  insertProduct,
  lockProduct,
  nextProductId,
  type ProductFilter,
  productOf,
  type ProductRecord,
  productsOf,
  type ProductStatus,
  setDiscounts,
  updateProduct,
} from '../catalog/product.store.js';
import { PRODUCT_ID_MAX } from '../contract/product-id.js';
import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { escaped } from '../contract/json-pointer.js';
import { pageOf } from '../contract/page.js';
import { databaseTime } from '../database/database-time.js';
import { Reader } from '../database/reader.js';
import { timeOrderedId } from '../database/time-ordered-id.js';
import type { Tx } from '../database/transaction.js';
import type { Attribution } from '../domain/movement.js';
import { appendMovements } from '../events/movement.store.js';
import { insertInventory, lockInventory } from '../inventory/inventory.store.js';
import { knownChannels } from '../partner/channel.store.js';
import { productNotFound } from './allotment.service.js';
import { alreadyExists, changesOf } from './desk-values.js';
import { DeskWriter } from './desk-writer.js';
import type { Operator } from './operator.js';
import {
  type ChangeProductRequest,
  type CreateProductRequest,
  type ProductList,
  productResponse,
  type ProductResponse,
} from './product.dto.js';
import { parseNewProduct, parseProductChange, type Prices } from './product.values.js';

/** What is sold, and what it costs. Its units are AllotmentService's, once it has them. */
@Injectable()
export class ProductService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
  ) {}

  async list(query: ProductFilter): Promise<ProductList> {
    const { entries, next_cursor } = pageOf(await this.reader.run(productsOf(query)), query.limit, ({ id }) => id);
    return { products: entries.map(productResponse), next_cursor };
  }

  /** @throws DomainError `product_not_found` */
  async get(id: number): Promise<ProductResponse> {
    const product = await this.reader.run(productOf(id));
    if (!product) throw productNotFound();
    return productResponse(product);
  }

  /**
   * The product, its prices, its units and the first lines of its ledger, all or nothing.
   *
   * @throws DomainError `invalid_value`, `already_exists`
   */
  create({ actor }: Operator, request: CreateProductRequest): Promise<ProductResponse> {
    const { prices, allocated } = parseNewProduct(request);
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      const { id, createdAt } = await readForNew(tx, request.product_id, allocated);
      const product = newProduct(request, prices, { id, createdAt });
      insertProduct(tx, product);
      open(tx, product, allocated, { actor, reason });
      const result = productResponse(product);
      const details = { ...result, allocated: Object.fromEntries(allocated) };
      return { result, action: { action: 'product.created', subject: subjectOf(id), reason, details } };
    });
  }

  /** Changes what was sent and nothing else. @throws DomainError `invalid_value`, `product_not_found` */
  change({ actor }: Operator, id: number, request: ChangeProductRequest): Promise<ProductResponse> {
    const prices = parseProductChange(request);
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      // The inventory row first, as holds take it: none is made by old prices, or of a retired product, after this.
      const [, before] = await tx.read(lockInventory([id], 'wait'), lockProduct(id));
      if (!before) throw productNotFound();
      const after = changed(before, request, prices);
      const result = productResponse(after);
      const details = changesOf({ ...productResponse(before) }, { ...result });
      if (Object.keys(details).length === 0) return { result };
      updateProduct(tx, after);
      setDiscounts(tx, id, prices.discountsMinor);
      const action = details['status'] ? ACTIONS[after.status] : 'product.changed';
      return { result, action: { action, subject: subjectOf(id), reason, details } };
    });
  }
}

const ACTIONS = { active: 'product.resumed', retired: 'product.retired' } as const satisfies Record<
  ProductStatus,
  string
>;

const subjectOf = (id: number): { type: 'product'; id: string } => ({ type: 'product', id: String(id) });

interface NewIdentity {
  readonly id: number;
  readonly createdAt: number;
}

async function readForNew(
  tx: Tx,
  wantedId: number | undefined,
  allocated: ReadonlyMap<string, number>,
): Promise<NewIdentity> {
  const channels = [...allocated.keys()];
  const [found, nextId, known, createdAt] = await tx.read(
    productOf(wantedId ?? 0),
    nextProductId(),
    knownChannels(channels),
    databaseTime(),
  );
  if (found) throw alreadyExists('product', found.id, '/product_id');
  const unknown = channels.find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw memberFault(
      'invalid_value',
      `/allocated/${escaped(unknown)}`,
      'must be a channel; GET /api/admin/channels lists them',
    );
  }
  const id = wantedId ?? nextId;
  if (id > PRODUCT_ID_MAX) throw memberFault('invalid_value', '/product_id', 'must be sent: the last number is taken');
  return { id, createdAt };
}

const newProduct = (request: CreateProductRequest, prices: Prices, identity: NewIdentity): ProductRecord => ({
  ...identity,
  name: request.name,
  status: 'active',
  currency: request.currency,
  timeZone: request.time_zone,
  cutoffHours: request.cutoff_hours ?? 0,
  weekdayMinor: prices.weekdayMinor ?? 0,
  weekendMinor: prices.weekendMinor ?? prices.weekdayMinor ?? 0,
  discountsMinor: Object.fromEntries(prices.discountsMinor.map(([type, amount]) => [type, amount ?? 0])),
});

/** Gives a new product its units, and its ledger its first lines. */
function open(tx: Tx, { id, createdAt }: NewIdentity, allocated: ReadonlyMap<string, number>, by: Attribution): void {
  const shares = [...allocated]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([channelId, units]) => ({ channelId, allocated: units, reserved: 0, sold: 0 }));
  const movements = shares.map((share, n) => ({
    ...share,
    kind: 'opened' as const,
    seq: n + 1,
    units: share.allocated,
    by,
  }));
  const sellableCap = shares.reduce((sum, share) => sum + share.allocated, 0);
  const allocations = new Map(shares.map(({ channelId, ...share }) => [channelId, share]));
  insertInventory(tx, { productId: id, sellableCap, allocations }, movements.length);
  appendMovements(tx, timeOrderedId(), createdAt, [{ productId: id, movements }]);
}

function changed(before: ProductRecord, request: ChangeProductRequest, prices: Prices): ProductRecord {
  const discounts = new Map<string, number | undefined>(Object.entries(before.discountsMinor));
  for (const [type, amount] of prices.discountsMinor) discounts.set(type, amount);
  return {
    ...before,
    name: request.name ?? before.name,
    status: (request.status as ProductStatus | undefined) ?? before.status,
    cutoffHours: request.cutoff_hours ?? before.cutoffHours,
    weekdayMinor: prices.weekdayMinor ?? before.weekdayMinor,
    weekendMinor: prices.weekendMinor ?? before.weekendMinor,
    discountsMinor: Object.fromEntries(
      [...discounts].flatMap(([type, amount]) => (amount === undefined ? [] : [[type, amount]])),
    ),
  };
}
