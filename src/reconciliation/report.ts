import { type Column, textTable } from '../contract/text-table.js';
import type { Difference } from '../domain/drift.js';
import type { Repair } from '../domain/repair.js';
import type { ReconciliationReport } from './reconciliation.dto.js';
import { type Repaired, type Report, stillOff } from './reconcile.js';

const right = (name: string): Column => ({ name, right: true });
const COLUMNS: readonly Column[] = [
  right('product'),
  { name: 'channel' },
  { name: 'number' },
  ...['counter', 'rows', 'ledger', 'limit'].map(right),
];

const cells = (difference: Difference): readonly string[] =>
  [
    difference.productId,
    difference.channelId,
    difference.what,
    difference.counter,
    difference.rows,
    difference.ledger,
    difference.limit,
  ].map((value) => String(value ?? '-'));

/** A line for each number that is off. */
export const table = (differences: readonly Difference[]): string => textTable(COLUMNS, differences.map(cells));

/** What was counted and how it stands, in a sentence. */
export function summary(report: Report): string {
  const { products, channels, seconds } = report;
  const off = new Set(stillOff(report).map(({ productId }) => productId)).size;
  return (
    `${products} products with ${channels} channels counted in ${seconds.toFixed(1)} s: ` +
    (off === 0 ? 'counters, reservations and ledger agree' : `${off} off`)
  );
}

/** The whole report for people. */
export const asText = (report: Report): string =>
  [
    ...(report.differences.length > 0 ? [table(report.differences)] : []),
    ...report.repairs.map(told),
    summary(report),
  ].join('\n');

/** What became of a product that was off, in a sentence. */
export function told(repaired: Repaired): string {
  const product = `product ${repaired.productId}`;
  switch (repaired.kind) {
    case 'sound':
      return `${product}: sound by the time its row was locked; nothing was changed`;
    case 'repaired':
      return `${product}: repaired, ${changes(repaired)}`;
    case 'refused':
      return `${product}: NOT repaired, ${repaired.reasons.join('; ')}. Then run it again`;
    case 'failed':
      return `${product}: NOT repaired, ${messageOf(repaired.error)}`;
  }
}

function changes({ before, movements }: Repair): string {
  return movements
    .map(({ seq, channelId, reserved, sold }) => {
      const was = before.get(channelId);
      const moved = [
        ...(was && was.reserved !== reserved ? [`reserved ${was.reserved} -> ${reserved}`] : []),
        ...(was && was.sold !== sold ? [`sold ${was.sold} -> ${sold}`] : []),
      ];
      return `${channelId} ${moved.join(', ') || 'in the ledger only'} (movement ${seq})`;
    })
    .join('; ');
}

/** A report for other programs: the same names as in the database. */
export function asJson(report: Report): ReconciliationReport {
  return {
    started_at: report.startedAt.toISOString(),
    seconds: report.seconds,
    products: report.products,
    channels: report.channels,
    sound: stillOff(report).length === 0,
    differences: report.differences.map(({ productId, channelId = null, what, ...numbers }) => ({
      product_id: productId,
      channel_id: channelId,
      number: what,
      ...numbers,
    })),
    repairs: report.repairs.map((repaired) => ({
      product_id: repaired.productId,
      outcome: repaired.kind,
      ...(repaired.kind === 'repaired' && { movements: repaired.movements.map(({ seq }) => seq) }),
      ...(repaired.kind === 'refused' && { reasons: repaired.reasons }),
      ...(repaired.kind === 'failed' && { error: messageOf(repaired.error) }),
    })),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
