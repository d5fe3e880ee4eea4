import { createHash } from 'node:crypto';

import { fingerprint } from '../../src/reservation/idempotency-key.js';
import type { TestDatabase } from './database.js';

/** Data as an older version would have left it: at whichever migration, in every table and column that exists there. */

export const OLD_PRODUCT = 106;
export const OLD_KEY = 'key_of_an_old_partner';
export const OLD_REQUEST = { key: 'old-request', body: { product_id: OLD_PRODUCT, quantity: 7 } } as const;

const HOUR_MS = 3_600_000;
/** Whole seconds: what is written is what is read. */
const NOW = Math.floor(Date.now() / 1000) * 1000;
const hoursAgo = (hours: number): Date => new Date(NOW - hours * HOUR_MS);

type Row = Readonly<Record<string, unknown>>;

interface OldReservation {
  readonly id: string;
  readonly channel: 'ota' | 'direct';
  readonly quantity: number;
  readonly status: 'active' | 'expired' | 'activated' | 'cancelled';
  /** Of the hold; behind us for a negative number. */
  readonly hoursLeft: number;
}

const OLD_RESERVATIONS: readonly OldReservation[] = [
  { id: 'res_old_due', channel: 'ota', quantity: 5, status: 'active', hoursLeft: -1 },
  { id: 'res_old_held', channel: 'ota', quantity: 7, status: 'active', hoursLeft: 20 },
  { id: 'res_old_direct', channel: 'direct', quantity: 2, status: 'active', hoursLeft: -1 },
  { id: 'res_old_sold', channel: 'ota', quantity: 9, status: 'activated', hoursLeft: -1 },
  { id: 'res_old_cancelled', channel: 'ota', quantity: 4, status: 'cancelled', hoursLeft: 5 },
  { id: 'res_old_expired', channel: 'ota', quantity: 3, status: 'expired', hoursLeft: -2 },
];

const CAP = 5000;
const ALLOCATED = { direct: 3000, ota: 2000 } as const;

const unitsOf = (channel: string, status: OldReservation['status']): number =>
  OLD_RESERVATIONS.filter((one) => one.channel === channel && one.status === status).reduce(
    (sum, { quantity }) => sum + quantity,
    0,
  );

/** What a channel has, before there are reservations and since. */
const share = (channel: keyof typeof ALLOCATED, reservations: boolean): Row => ({
  allocated: ALLOCATED[channel],
  reserved: reservations ? unitsOf(channel, 'active') : 0,
  sold: reservations ? unitsOf(channel, 'activated') : 0,
});

const PRICES = {
  currency: 'CNY',
  timeZone: 'Asia/Shanghai',
  cutoffHours: 24,
  weekdayMinor: 28_800,
  weekendMinor: 31_800,
  discountsMinor: { child: 10_000 },
  specialDatesMilli: {},
};

const at = (status: OldReservation['status'], of: OldReservation, time: Date): Date | null =>
  of.status === status ? time : null;

/** Which tables exist. */
type Tables = ReadonlySet<string>;

/**
 * A row of a table, with every column that it ever had; those that a database lacks are left out. A new table needs a line
 * here, and a new column without a default does.
 */
const ROWS: Readonly<Record<string, (tables: Tables) => readonly Row[]>> = {
  products: () => [
    {
      id: OLD_PRODUCT,
      name: 'Harbour cruise',
      status: 'active',
      currency: 'CNY',
      time_zone: 'Asia/Shanghai',
      cutoff_hours: 24,
      weekday_price: '288.00',
      weekend_price: '318.00',
    },
    {
      id: 5,
      name: 'Sold no more',
      status: 'retired',
      currency: 'EUR',
      time_zone: 'UTC',
      cutoff_hours: 0,
      weekday_price: '0.50',
      weekend_price: '0.50',
    },
  ],
  customer_discounts: () => [{ product_id: OLD_PRODUCT, customer_type: 'child', amount: '100.00' }],
  special_dates: () => [{ visit_date: '2025-12-31', multiplier: '1.500' }],
  product_inventory: (tables) => [
    {
      product_id: OLD_PRODUCT,
      sellable_cap: CAP,
      movement_seq: tables.has('inventory_movements') ? movements(tables).length : 0,
      channel_allocations: JSON.stringify({
        direct: share('direct', tables.has('channel_reservations')),
        ota: share('ota', tables.has('channel_reservations')),
      }),
    },
  ],
  partners: () => [
    {
      id: 'old-partner',
      name: 'An old partner',
      channel_id: 'ota',
      status: 'active',
      quantity_max: 50,
      hold_max_seconds: 86_400,
      requests_per_minute_max: 600,
    },
  ],
  api_keys: () => [
    {
      id: 7,
      partner_id: 'old-partner',
      key_sha256: createHash('sha256').update(OLD_KEY).digest(),
      label: 'since the beginning',
      scopes: JSON.stringify(['inventory:read', 'reservations:read', 'reservations:write']),
    },
  ],
  orders: () => [
    {
      id: 1,
      product_id: OLD_PRODUCT,
      partner_id: 'old-partner',
      status: 'confirmed',
      quantity: 9,
      visit_date: '2030-12-31',
      currency: 'CNY',
      total_amount: '2492.00',
      external_reference: 'BK-1',
      cancelled_at: null,
    },
  ],
  order_lines: () => [
    { order_id: 1, customer_type: 'adult', quantity: 8, unit_price: '288.00', amount: '2304.00' },
    { order_id: 1, customer_type: 'child', quantity: 1, unit_price: '188.00', amount: '188.00' },
  ],
  inventory_movements: (tables) => movements(tables),
  channel_reservations: () =>
    OLD_RESERVATIONS.map((one) => ({
      reservation_id: one.id,
      product_id: OLD_PRODUCT,
      channel_id: one.channel,
      partner_id: 'old-partner',
      quantity: one.quantity,
      quantity_held: one.quantity,
      status: one.status,
      expires_at: new Date(NOW + one.hoursLeft * HOUR_MS),
      created_at: hoursAgo(4),
      activated_at: at('activated', one, hoursAgo(3)),
      order_id: one.status === 'activated' ? 1 : null,
      pricing_snapshot: JSON.stringify(PRICES),
      released_at: at('expired', one, hoursAgo(2)) ?? at('cancelled', one, hoursAgo(3)),
      cancelled_at: at('cancelled', one, hoursAgo(3)),
      cancel_reason: one.status === 'cancelled' ? 'Customer withdrew' : null,
      extensions: one.id === 'res_old_held' ? 2 : 0,
      activation_asked: null,
      cancellation_asked: null,
    })),
  idempotency_keys: () => [
    {
      partner_id: 'old-partner',
      idempotency_key: OLD_REQUEST.key,
      fingerprint: Buffer.from(fingerprint('reserve', OLD_REQUEST.body), 'hex'),
      status: 201,
      answer: JSON.stringify(OLD_ANSWER),
      created_at: hoursAgo(4),
    },
  ],
  // Its one row comes with its migration.
  id_blocks: () => [],
  price_list_version: () => [],
  // So do those of the channels in use.
  channels: () => [],
  reconciliation_last: () => [],
  scheduled_releases: () => [
    {
      id: 'rel_01a21000-0000-7000-8000-000000000001',
      product_id: OLD_PRODUCT,
      from_channel: 'ota',
      to_channel: 'direct',
      keep_units: 1,
      // Not in this service's time: it would carry it out.
      due_at: new Date('2037-01-01T00:00:00Z'),
      status: 'scheduled',
      scheduled_at: new Date(NOW),
      scheduled_by: 'key:7',
    },
  ],
  desk_log: () => [
    {
      id: '01a21000-0000-7000-8000-000000000001',
      occurred_at: new Date(NOW),
      actor: 'key:7',
      action: 'partner.suspended',
      subject_type: 'partner',
      subject_id: 'old-partner',
      reason: null,
      details: '{}',
    },
  ],
};

export const OLD_ANSWER = {
  reservation_id: 'res_old_held',
  product_id: OLD_PRODUCT,
  channel_id: 'ota',
  quantity: 7,
  status: 'active',
  expires_at: new Date(NOW + 20 * HOUR_MS).toISOString(),
  created_at: hoursAgo(4).toISOString(),
  reserved_until: new Date(NOW + 20 * HOUR_MS).toISOString(),
  pricing_snapshot: { base_price: 288, weekend_premium: 30, customer_discounts: { child: 100 }, currency: 'CNY' },
};

/** The ledger of all that: what each channel began with, then each hold and what became of it. */
function movements(tables: Tables): Row[] {
  const balances = {
    direct: { allocated: ALLOCATED.direct, reserved: 0, sold: 0 },
    ota: { allocated: ALLOCATED.ota, reserved: 0, sold: 0 },
  };
  const rows: Row[] = [];
  const add = (kind: string, channel: OldReservation['channel'], units: number, of?: OldReservation): void => {
    rows.push({
      product_id: OLD_PRODUCT,
      seq: rows.length + 1,
      channel_id: channel,
      kind,
      units,
      reservation_id: of?.id ?? null,
      partner_id: of ? 'old-partner' : null,
      ...balances[channel],
      batch_id: null,
      occurred_at: hoursAgo(4),
    });
  };
  add('opened', 'direct', ALLOCATED.direct);
  add('opened', 'ota', ALLOCATED.ota);
  if (!tables.has('channel_reservations')) return rows;
  for (const one of OLD_RESERVATIONS) {
    const balance = balances[one.channel];
    balance.reserved += one.quantity;
    add('reserved', one.channel, one.quantity, one);
    if (one.status === 'active') continue;
    balance.reserved -= one.quantity;
    if (one.status === 'activated') balance.sold += one.quantity;
    add(one.status, one.channel, one.quantity, one);
  }
  return rows;
}

/** Not the product's: TypeORM's and the runner's records of what was run. */
const RECORDS = new Set(['migrations', 'migration_files']);

/** The columns of each table that a database has. */
export async function schemaOf(database: TestDatabase): Promise<Map<string, string[]>> {
  const columns = await database.rows<{ t: string; c: string }>(
    `SELECT TABLE_NAME AS t, COLUMN_NAME AS c FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  );
  const tables = new Map<string, string[]>();
  for (const { t, c } of columns) if (!RECORDS.has(t)) tables.set(t, [...(tables.get(t) ?? []), c]);
  return tables;
}

/**
 * Fills every table that a database has, parents first.
 *
 * @throws Error naming a table that ROWS doesn't know
 */
export async function fillWithOldData(database: TestDatabase): Promise<void> {
  const schema = await schemaOf(database);
  const unknown = [...schema.keys()].filter((table) => !(table in ROWS));
  if (unknown.length > 0) throw new Error(`test/support/old-data.ts has no rows for ${unknown.join(', ')}`);
  const tables = new Set(schema.keys());
  for (const [table, rowsOf] of Object.entries(ROWS)) {
    const columns = schema.get(table) ?? [];
    for (const row of rowsOf(tables)) {
      const known = Object.entries(row).filter(([column]) => columns.includes(column));
      if (columns.length > 0)
        await database.rows('INSERT INTO ?? (??) VALUES (?)', [
          table,
          known.map(([column]) => column),
          known.map(([, value]) => value),
        ]);
    }
  }
}
