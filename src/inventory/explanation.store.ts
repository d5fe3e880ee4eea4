import type { RowDataPacket } from 'mysql2';

import type { Query } from '../database/transaction.js';
import { type Allocations, readAllocations, type StoredAllocations } from '../domain/allocation.js';
import type { PartnerUnits } from '../domain/explanation.js';
import type { Instant } from '../domain/instant.js';

/** A hold that is not over yet. */
export interface RunningHold {
  readonly id: string;
  readonly partnerId: string;
  readonly channelId: string;
  readonly units: number;
  readonly expiresAt: Instant;
}

/** Units that come free at one moment. */
export interface NextFree {
  readonly at: Instant;
  readonly units: number;
}

interface ProductReading {
  readonly onSale: boolean;
  /** The database's time of the reading. */
  readonly at: Instant;
  readonly allocations: Allocations;
  /** Those that end soonest, at most as many as were asked for. */
  readonly holds: readonly RunningHold[];
  readonly nextFree: NextFree | undefined;
}

/** All of a product. */
export interface WholeReading extends ProductReading {
  readonly sellableCap: number;
  readonly units: readonly PartnerUnits[];
}

/** What one partner may know of a product. */
export interface PartnerReading extends ProductReading {
  /** Units of its channel's overdue holds, whosever they are. */
  readonly channelOverdue: number;
  readonly own: Pick<PartnerUnits, 'held' | 'overdue' | 'holds'>;
}

/** In the order of the index, so that the first ones are had without sorting all. */
const SOONEST_FIRST = 'ORDER BY expires_at, channel_id, quantity, partner_id, reservation_id';
/** For finding rows only: for a GROUP BY, MySQL would read the index of all products. */
const HOLDS = 'FROM channel_reservations FORCE INDEX FOR JOIN (idx_reservations_overdue) WHERE product_id = ?';
const RUNNING = `${HOLDS} AND status = 'active' AND expires_at > NOW(6)`;
const MILLISECONDS = (time: string): string => `CAST(UNIX_TIMESTAMP(${time}) * 1000 AS SIGNED)`;

/** Of one moment, as each is one statement: under READ COMMITTED that is one snapshot, and NOW() is one time. */
const PRODUCT = "p.status = 'active' AS on_sale, NOW(6) AS now, i.sellable_cap, i.channel_allocations";
const FROM_PRODUCT = 'FROM product_inventory i JOIN products p ON p.id = i.product_id WHERE i.product_id = ?';

/** @param own condition on whose holds are meant; its values come after the product's id, each time */
const holdsThatEnd = (own: string): string => `
  (SELECT JSON_ARRAYAGG(JSON_ARRAY(reservation_id, partner_id, channel_id, quantity, ${MILLISECONDS('expires_at')})) FROM (
    SELECT reservation_id, partner_id, channel_id, quantity, expires_at ${RUNNING}${own} ${SOONEST_FIRST} LIMIT ?
  ) soonest) AS holds,
  (SELECT JSON_ARRAY(${MILLISECONDS('next.at')}, CAST((SELECT SUM(quantity) ${RUNNING} AND expires_at = next.at${own}) AS SIGNED))
    FROM (SELECT expires_at AS at ${RUNNING}${own} ORDER BY expires_at LIMIT 1) next) AS next_free`;

/** Where all units of a product are; `undefined` when there is no such product. */
export const unitsOfProduct = (productId: number, holdsMax: number): Query<WholeReading | undefined> => ({
  sql: `SELECT ${PRODUCT},
    (SELECT JSON_ARRAYAGG(JSON_ARRAY(part, channel_id, partner_id, units, holds, ${MILLISECONDS('next_expiry')})) FROM (
      SELECT 'held' AS part, channel_id, partner_id, CAST(SUM(quantity) AS SIGNED) AS units, COUNT(*) AS holds,
        MIN(expires_at) AS next_expiry ${RUNNING} GROUP BY channel_id, partner_id
      UNION ALL
      SELECT 'overdue', channel_id, partner_id, CAST(SUM(quantity) AS SIGNED), 0, NULL
        ${HOLDS} AND status = 'active' AND expires_at <= NOW(6) GROUP BY channel_id, partner_id
      UNION ALL
      SELECT 'sold', channel_id, partner_id, CAST(SUM(quantity) AS SIGNED), 0, NULL
        ${HOLDS} AND status = 'activated' GROUP BY channel_id, partner_id
    ) by_partner) AS units, ${holdsThatEnd('')}
    ${FROM_PRODUCT}`,
  values: [productId, productId, productId, productId, holdsMax, productId, productId, productId],
  read: ([row]) =>
    row && {
      ...readProduct(row),
      sellableCap: row['sellable_cap'] as number,
      units: readUnits((row['units'] ?? []) as UnitsRow[]),
    },
});

/** The partner's own holds of a product, and the sums of its channel; of anyone else nothing is read. */
export const unitsForPartner = (
  productId: number,
  { id, channelId }: { readonly id: string; readonly channelId: string },
  holdsMax: number,
): Query<PartnerReading | undefined> => ({
  sql: `SELECT ${PRODUCT},
    (SELECT CAST(COALESCE(SUM(quantity), 0) AS SIGNED)
      ${HOLDS} AND status = 'active' AND expires_at <= NOW(6) AND channel_id = ?) AS channel_overdue,
    (SELECT JSON_ARRAY(CAST(COALESCE(SUM(IF(expires_at > NOW(6), quantity, 0)), 0) AS SIGNED),
        CAST(COALESCE(SUM(IF(expires_at <= NOW(6), quantity, 0)), 0) AS SIGNED), COUNT(IF(expires_at > NOW(6), 1, NULL)))
      ${HOLDS} AND status = 'active' AND partner_id = ?) AS own, ${holdsThatEnd(' AND partner_id = ?')}
    ${FROM_PRODUCT}`,
  values: [
    ...[productId, channelId, productId, id],
    ...[productId, id, holdsMax, productId, id, productId, id],
    productId,
  ],
  read: ([row]) => {
    if (!row) return undefined;
    const [held, overdue, holds] = row['own'] as [number, number, number];
    return { ...readProduct(row), channelOverdue: row['channel_overdue'] as number, own: { held, overdue, holds } };
  },
});

type UnitsRow = [
  part: 'held' | 'overdue' | 'sold',
  channelId: string,
  partnerId: string,
  units: number,
  holds: number,
  nextExpiry: number | null,
];
type HoldRow = [id: string, partnerId: string, channelId: string, units: number, expiresAt: number];

/** A row for each part that a partner has on a channel. */
function readUnits(rows: readonly UnitsRow[]): PartnerUnits[] {
  const found = new Map<string, PartnerUnits>();
  for (const [part, channelId, partnerId, units, holds, nextExpiry] of rows) {
    const name = `${channelId} ${partnerId}`;
    const before = found.get(name) ?? {
      channelId,
      partnerId,
      held: 0,
      overdue: 0,
      sold: 0,
      holds: 0,
      nextExpiry: undefined,
    };
    const ofHolds = part === 'held' ? { holds, nextExpiry: nextExpiry ?? undefined } : {};
    found.set(name, { ...before, [part]: units, ...ofHolds });
  }
  return [...found.values()];
}

function readProduct(row: RowDataPacket): ProductReading {
  const next = row['next_free'] as [at: number, units: number] | null;
  // What an aggregate gathers has no order.
  const holds = ((row['holds'] ?? []) as HoldRow[])
    .map(([id, partnerId, channelId, units, expiresAt]) => ({ id, partnerId, channelId, units, expiresAt }))
    .sort((a, b) => a.expiresAt - b.expiresAt || (a.id < b.id ? -1 : 1));
  return {
    onSale: row['on_sale'] === 1,
    at: (row['now'] as Date).getTime(),
    allocations: readAllocations(row['channel_allocations'] as StoredAllocations),
    holds,
    nextFree: next ? { at: next[0], units: next[1] } : undefined,
  };
}
