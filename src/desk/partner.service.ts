import { Injectable } from '@nestjs/common';

import { ApiKeys } from '../auth/api-keys.service.js';
import { keysOf } from '../auth/key.store.js';
import { memberFault, parseText, REASON_MAX } from '../contract/body-faults.js';
import { PAGE_LIMIT_MAX, pageOf } from '../contract/page.js';
import { ValueFaults } from '../contract/value-faults.js';
import { databaseTime } from '../database/database-time.js';
import { Reader } from '../database/reader.js';
import type { Tx } from '../database/transaction.js';
import { knownChannels } from '../partner/channel.store.js';
import { eachLimit, LIMIT_NAMES, PARTNER_LIMITS, type PartnerLimits } from '../partner/partner-limits.js';
import {
  insertPartner,
  lockPartner,
  PARTNER_STATUSES,
  type PartnerFilter,
  partnerOf,
  type PartnerRecord,
  partnersOf,
  type PartnerStatus,
  updatePartner,
} from '../partner/partner.store.js';
import {
  alreadyExists,
  changesOf,
  NAME_MAX,
  parseId,
  PARTNER_ID,
  PARTNER_ID_RULE,
  partnerNotFound,
} from './desk-values.js';
import { type DeskChange, DeskWriter } from './desk-writer.js';
import { keyResponse } from './key.dto.js';
import { deskKeys, keepDeskOpen } from './last-admin-key.js';
import type { Operator } from './operator.js';
import {
  type ChangePartnerRequest,
  type CreatePartnerRequest,
  type PartnerList,
  partnerResponse,
  type PartnerResponse,
  type PartnerWithKeysResponse,
} from './partner.dto.js';

/** Who sells, on which channel, within which limits. A partner is suspended, never deleted: reservations refer to it. */
@Injectable()
export class PartnerService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
    private readonly apiKeys: ApiKeys,
  ) {}

  async list(query: PartnerFilter): Promise<PartnerList> {
    const { entries, next_cursor } = pageOf(await this.reader.run(partnersOf(query)), query.limit, ({ id }) => id);
    return { partners: entries.map(partnerResponse), next_cursor };
  }

  /** With its keys that work. @throws DomainError `partner_not_found` */
  async get(partnerId: string): Promise<PartnerWithKeysResponse> {
    const id = parseId(partnerId, partnerNotFound);
    const [partner, keys] = await Promise.all([
      this.reader.run(partnerOf(id)),
      this.reader.run(keysOf({ partnerId: id, status: 'active', limit: PAGE_LIMIT_MAX, after: undefined })),
    ]);
    if (!partner) throw partnerNotFound();
    return { ...partnerResponse(partner), keys: keys.slice(0, PAGE_LIMIT_MAX).map(keyResponse) };
  }

  /** @throws DomainError `invalid_value`, `already_exists` */
  create({ actor }: Operator, request: CreatePartnerRequest): Promise<PartnerResponse> {
    const { partner_id: id, name, channel_id: channelId } = request;
    const faults = new ValueFaults();
    if (!PARTNER_ID.test(id)) faults.add('/partner_id', PARTNER_ID_RULE);
    faults.text(name, '/name', NAME_MAX);
    checkLimits(faults, request);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.write(actor, async (tx) => {
      const [found, channels, createdAt] = await tx.read(lockPartner(id), knownChannels([channelId]), databaseTime());
      if (found) throw alreadyExists('partner', id, '/partner_id');
      if (!channels.has(channelId)) {
        throw memberFault('invalid_value', '/channel_id', 'must be a channel; GET /api/admin/channels lists them');
      }
      const limits = eachLimit((limit, { initial }) => request[limit] ?? initial);
      const partner: PartnerRecord = { id, name, channelId, status: 'active', limits, createdAt };
      insertPartner(tx, partner);
      const result = partnerResponse(partner);
      return { result, action: { action: 'partner.created', subject: subjectOf(id), reason, details: { ...result } } };
    });
  }

  /**
   * Changes what was sent and nothing else: here at once, within 5 s everywhere.
   *
   * @throws DomainError `invalid_value`, `partner_not_found`, `last_admin_key`
   */
  change({ actor }: Operator, partnerId: string, request: ChangePartnerRequest): Promise<PartnerResponse> {
    const id = parseId(partnerId, partnerNotFound);
    const status = PARTNER_STATUSES.find((known) => known === request.status);
    const faults = new ValueFaults();
    faults.text(request.name, '/name', NAME_MAX);
    if (request.status !== undefined && !status) faults.add('/status', `must be one of ${PARTNER_STATUSES.join(', ')}`);
    checkLimits(faults, request);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.write(actor, async (tx) => {
      const [, open] = status === 'suspended' ? await tx.read(...deskKeys()) : [];
      const [before] = await tx.read(lockPartner(id));
      if (!before) throw partnerNotFound();
      const after: PartnerRecord = {
        ...before,
        name: request.name ?? before.name,
        status: status ?? before.status,
        limits: eachLimit((limit) => sentOr(request[limit], before.limits[limit])),
      };
      const result = partnerResponse(after);
      const details = changesOf({ ...partnerResponse(before) }, { ...result });
      if (Object.keys(details).length === 0) return { result };
      if (details['status'] && open) keepDeskOpen(open, (key) => key.partnerId === id);
      updatePartner(tx, after);
      const action = details['status'] ? ACTIONS[after.status] : 'partner.changed';
      return { result, action: { action, subject: subjectOf(id), reason, details } };
    });
  }

  /** What this process remembers of partners holds no longer, whatever came of the change. */
  private write<T>(actor: string, work: (tx: Tx) => Promise<DeskChange<T>>): Promise<T> {
    return this.writer.write(actor, work).finally(() => {
      this.apiKeys.forget();
    });
  }
}

const ACTIONS = { active: 'partner.resumed', suspended: 'partner.suspended' } as const satisfies Record<
  PartnerStatus,
  string
>;

/** `null` lifts a limit; what isn't sent stays. */
const sentOr = (sent: number | null | undefined, before: number | null): number | null =>
  sent === undefined ? before : sent;

const subjectOf = (id: string): { type: 'partner'; id: string } => ({ type: 'partner', id });

function checkLimits(faults: ValueFaults, limits: Partial<PartnerLimits>): void {
  for (const name of LIMIT_NAMES) {
    const { min, max } = PARTNER_LIMITS[name];
    faults.whole(limits[name], `/${name}`, min, max);
  }
}
