import { Injectable } from '@nestjs/common';

import { parameterFault } from '../contract/query-faults.js';
import { Reader } from '../database/reader.js';
import type { Read } from '../database/transaction.js';
import { unitsFree } from '../domain/allocation.js';
import { type ChannelLine, linesMissing, newestChannelLines, nextChannelLine } from '../events/ledger-end.query.js';
import { DATABASE_NOW, lastSeqUntil } from '../events/ledger-time.query.js';
import { allotmentOf } from '../inventory/allotment.query.js';
import { productNotFound } from './allotment.service.js';
import type { BalanceResponse, WhyUnknown } from './balance.dto.js';
import { isoMoment } from './moment.js';

/** What a channel had: the line that says so, nothing yet, or that it can't be told. */
type Found = ChannelLine | 'nothing' | WhyUnknown;

/** What a product's channels had at any moment, from the ledger alone. */
@Injectable()
export class BalanceService {
  private readonly read: Read = (query) => this.reader.run(query);

  constructor(private readonly reader: Reader) {}

  /**
   * @param asked as MySQL writes it, in UTC; now, when absent
   * @throws DomainError `product_not_found`, `invalid_filter`
   */
  async at(productId: number, asked: string | undefined): Promise<BalanceResponse> {
    const [allotment, now] = await Promise.all([this.read(allotmentOf(productId)), this.read(DATABASE_NOW)]);
    if (!allotment) throw productNotFound();
    if (asked !== undefined && asked > now) {
      throw parameterFault('invalid_filter', 'at', `must not lie in the future; it is ${isoMoment(now)} now`);
    }
    const at = asked ?? now;
    const seq = await lastSeqUntil(this.read, productId, { at, itself: true });
    // A channel that once had units stays in the row, with none.
    const channelIds = [...allotment.allocations.keys()].sort();
    const lines = await newestChannelLines(this.read, { productId, from: 1, to: seq }, channelIds);
    const found = await Promise.all(
      channelIds.map(async (id) => [id, await this.channel(productId, id, seq, lines.get(id))] as const),
    );
    const known = found.flatMap(([id, line]) => (typeof line === 'string' ? [] : [channelBalance(id, line)]));
    const unknown = found.flatMap(([channel_id, why]) =>
      typeof why === 'string' && why !== 'nothing' ? [{ channel_id, why }] : [],
    );
    return {
      product_id: productId,
      at: isoMoment(at),
      seq,
      sellable_cap: unknown.length > 0 ? null : known.reduce((sum, { allocated }) => sum + allocated, 0),
      channels: known,
      unknown,
    };
  }

  private async channel(
    productId: number,
    channelId: string,
    seq: number,
    line: ChannelLine | undefined,
  ): Promise<Found> {
    if (line?.seq === seq) return line;
    if (line) {
      // The archive keeps each channel's newest old line: what it has of this one is older than a line that is here.
      if (!(await this.read(linesMissing({ productId, from: line.seq, to: seq })))) return line;
      return (await this.read(nextChannelLine(productId, channelId, seq + 1))) ? 'archived' : line;
    }
    const first = await this.read(nextChannelLine(productId, channelId, seq + 1));
    if (!first) return 'no_line';
    if (await this.read(linesMissing({ productId, from: 1, to: first.seq }))) return 'archived';
    return beganWith(first) ? 'nothing' : 'no_line';
  }
}

/** Before it the channel had no units: it was given these. */
const beganWith = ({ kind, units, balance }: { kind: string; units: number } & ChannelLine): boolean =>
  (kind === 'opened' || kind === 'allocated') &&
  units === balance.allocated &&
  balance.reserved === 0 &&
  balance.sold === 0;

const channelBalance = (channelId: string, { seq, occurredAt, balance }: ChannelLine) => ({
  channel_id: channelId,
  ...balance,
  free: unitsFree(balance),
  seq,
  since: isoMoment(occurredAt),
});
