import { ALLOCATED, type Stock } from './stock.js';

/** Where a product's counters and its ledger stood before the load. */
export interface Before {
  readonly reservations: number;
  readonly movementSeq: ReadonlyMap<number, number>;
}

interface Product {
  readonly product_id: number;
  readonly movement_seq: number;
  readonly reserved: number;
  readonly sold: number;
}

/** Ids that the bench fills in are smaller, ids of the service larger: time-ordered, both. */
export const FIRST_NEW_ID = 'res_01';

const COUNTERS = `SELECT product_id, movement_seq,
    CAST(COALESCE(SUM(c.reserved), 0) AS SIGNED) AS reserved, CAST(COALESCE(SUM(c.sold), 0) AS SIGNED) AS sold
  FROM product_inventory, JSON_TABLE(JSON_EXTRACT(channel_allocations, '$.*'), '$[*]' COLUMNS (
    reserved BIGINT PATH '$.reserved' DEFAULT '0' ON EMPTY, sold BIGINT PATH '$.sold' DEFAULT '0' ON EMPTY)) c
  GROUP BY product_id`;

export async function before(stock: Stock): Promise<Before> {
  const products = await stock.rows<Product>(COUNTERS);
  return {
    reservations: await newReservations(stock),
    movementSeq: new Map(products.map((product) => [product.product_id, product.movement_seq])),
  };
}

/**
 * Holds the database against what clients were told, with plain SQL of its own.
 *
 * @param sold how many 201s the clients got
 * @param ledger whether this side writes one
 * @returns what doesn't hold, in sentences
 */
export async function faultsOf(stock: Stock, start: Before, sold: number, ledger: boolean): Promise<string[]> {
  const faults: string[] = [];
  const made = (await newReservations(stock)) - start.reservations;
  if (made !== sold) faults.push(`${stock.name}: ${sold} times 201, ${made} new reservations`);
  const products = await stock.rows<Product>(COUNTERS);
  const active = await unitsByProduct(stock, 'active');
  const activated = await unitsByProduct(stock, 'activated');
  for (const { product_id: id, reserved, sold: units } of products) {
    const rows = { reserved: active.get(id) ?? 0, sold: activated.get(id) ?? 0 };
    if (rows.reserved !== reserved || rows.sold !== units)
      faults.push(`${stock.name}: product ${id} counts ${reserved}/${units}, its rows ${rows.reserved}/${rows.sold}`);
    if (reserved + units > ALLOCATED) faults.push(`${stock.name}: product ${id} is oversold`);
  }
  return ledger ? [...faults, ...(await faultsOfLedger(stock, start, products, made))] : faults;
}

/** The ledger has a line for each reservation and no gap, and ends in the counters. */
async function faultsOfLedger(
  stock: Stock,
  start: Before,
  products: readonly Product[],
  made: number,
): Promise<string[]> {
  const faults: string[] = [];
  let reserved = 0;
  for (const product of products) {
    const { product_id: id, movement_seq: seq } = product;
    const from = start.movementSeq.get(id) ?? 0;
    const [lines] = await stock.rows<{ entries: number; newest: number; reserves: number }>(
      `SELECT COUNT(*) AS entries, CAST(COALESCE(MAX(seq), ?) AS SIGNED) AS newest, COUNT(IF(kind = 'reserved', 1, NULL)) AS reserves
       FROM inventory_movements WHERE product_id = ? AND seq > ?`,
      [from, id, from],
    );
    const [last] = await stock.rows<{ reserved: number; sold: number }>(
      'SELECT reserved, sold FROM inventory_movements WHERE product_id = ? ORDER BY seq DESC LIMIT 1',
      [id],
    );
    if (lines?.entries !== seq - from || lines.newest !== seq)
      faults.push(
        `${stock.name}: product ${id} has ${lines?.entries ?? 0} new movements, its number says ${seq - from}`,
      );
    if (last?.reserved !== product.reserved || last.sold !== product.sold)
      faults.push(`${stock.name}: the ledger of product ${id} doesn't end in its counters`);
    reserved += lines?.reserves ?? 0;
  }
  if (reserved !== made) faults.push(`${stock.name}: ${made} new reservations, ${reserved} movements that reserve`);
  return faults;
}

async function newReservations(stock: Stock): Promise<number> {
  const [counted] = await stock.rows<{ n: number }>(
    'SELECT COUNT(*) AS n FROM channel_reservations WHERE reservation_id >= ?',
    [FIRST_NEW_ID],
  );
  return counted?.n ?? 0;
}

async function unitsByProduct(stock: Stock, status: 'active' | 'activated'): Promise<Map<number, number>> {
  const rows = await stock.rows<{ product_id: number; units: number }>(
    `SELECT product_id, CAST(SUM(quantity) AS SIGNED) AS units FROM channel_reservations
     WHERE status = ? GROUP BY product_id`,
    [status],
  );
  return new Map(rows.map(({ product_id, units }) => [product_id, units]));
}
