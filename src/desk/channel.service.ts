import { Injectable } from '@nestjs/common';

import { parseText, REASON_MAX } from '../contract/body-faults.js';
import { type PageQuery, pageOf } from '../contract/page.js';
import { ValueFaults } from '../contract/value-faults.js';
import { databaseTime } from '../database/database-time.js';
import { Reader } from '../database/reader.js';
import { channelsOf, insertChannel, lockChannel, renameChannel } from '../partner/channel.store.js';
import {
  type ChannelList,
  channelResponse,
  type ChannelResponse,
  type CreateChannelRequest,
  type RenameChannelRequest,
} from './channel.dto.js';
import {
  alreadyExists,
  changesOf,
  channelNotFound,
  isShortId,
  NAME_MAX,
  parseId,
  SHORT_ID_RULE,
} from './desk-values.js';
import { DeskWriter } from './desk-writer.js';
import type { Operator } from './operator.js';

/** The shares that caps are split into. One is never deleted: the ledger names it. */
@Injectable()
export class ChannelService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
  ) {}

  async list(query: PageQuery): Promise<ChannelList> {
    const { entries, next_cursor } = pageOf(await this.reader.run(channelsOf(query)), query.limit, ({ id }) => id);
    return { channels: entries.map(channelResponse), next_cursor };
  }

  /** @throws DomainError `invalid_value`, `already_exists` */
  create({ actor }: Operator, request: CreateChannelRequest): Promise<ChannelResponse> {
    const { channel_id: id, name } = request;
    const faults = new ValueFaults();
    if (!isShortId(id)) faults.add('/channel_id', SHORT_ID_RULE);
    faults.text(name, '/name', NAME_MAX);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      const [found, createdAt] = await tx.read(lockChannel(id), databaseTime());
      if (found) throw alreadyExists('channel', id, '/channel_id');
      insertChannel(tx, { id, name, createdAt });
      return {
        result: channelResponse({ id, name, createdAt }),
        action: { action: 'channel.created', subject: { type: 'channel', id }, reason, details: { name } },
      };
    });
  }

  /** @throws DomainError `invalid_value`, `channel_not_found` */
  rename({ actor }: Operator, channelId: string, request: RenameChannelRequest): Promise<ChannelResponse> {
    const { name } = request;
    const id = parseId(channelId, channelNotFound);
    const faults = new ValueFaults();
    faults.text(name, '/name', NAME_MAX);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.writer.write(actor, async (tx) => {
      const [before] = await tx.read(lockChannel(id));
      if (!before) throw channelNotFound();
      const after = { ...before, name };
      const result = channelResponse(after);
      if (before.name === name) return { result };
      renameChannel(tx, after);
      const details = changesOf({ name: before.name }, { name });
      return { result, action: { action: 'channel.renamed', subject: { type: 'channel', id }, reason, details } };
    });
  }
}
