import { textTable } from '../contract/text-table.js';
import type { AllotmentChangeResponse, AllotmentResponse } from '../inventory/allotment.dto.js';
import type { Heading } from './runner.js';

const right = (name: string): { name: string; right: true } => ({ name, right: true });
const SHARES = [{ name: 'channel' }, ...['allocated', 'reserved', 'sold', 'free'].map(right)];
const CHANGES = [{ name: 'channel' }, ...['units', 'allocated', 'free'].map(right)];

export function allotmentText(
  { product_id, sellable_cap, version, channels }: AllotmentResponse,
  heading: Heading,
): string {
  const rows = channels.map(({ channel_id, allocated, reserved, sold, free }) => [
    channel_id,
    ...[allocated, reserved, sold, free].map(String),
  ]);
  return `product ${product_id}, sellable cap ${sellable_cap}, version ${version}\n\n${textTable(SHARES, rows, heading)}`;
}

export function changeText({ dry_run, changes, allotment }: AllotmentChangeResponse, heading: Heading): string {
  const done = dry_run ? 'dry run, nothing was changed; this would happen' : 'changed';
  const rows = changes.map(({ channel_id, units, before, after }) => [
    channel_id,
    units > 0 ? `+${units}` : String(units),
    `${before.allocated} -> ${after.allocated}`,
    `${before.free} -> ${after.free}`,
  ]);
  const what =
    rows.length === 0 ? 'all is so already, nothing was changed' : `${done}:\n\n${textTable(CHANGES, rows, heading)}`;
  return `${what}\n\n${allotmentText(allotment, heading)}`;
}
