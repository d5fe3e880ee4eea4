import { Injectable } from '@nestjs/common';

import { makeKey } from '../auth/key-format.js';
import { insertKey, type KeyRecord, lockAdminKeys, nextKeyId, openAdminKeys } from '../auth/key.store.js';
import { parseText, REASON_MAX } from '../contract/body-faults.js';
import { ValueFaults } from '../contract/value-faults.js';
import { databaseTime } from '../database/database-time.js';
import { DomainError } from '../domain/errors.js';
import { eachLimit } from '../partner/partner-limits.js';
import { insertPartner, lockPartner, type PartnerRecord } from '../partner/partner.store.js';
import type { DeskAction } from './desk-log.store.js';
import { DeskWriter } from './desk-writer.js';
import { keyResponse, type NewKeyResponse } from './key.dto.js';
import { LABEL_MAX } from './key.service.js';
import type { Operator } from './operator.js';
import { partnerResponse } from './partner.dto.js';

/** Whose keys open the desk, at first. */
const OPERATOR_ID = 'operator';
const OPERATOR_NAME = 'Operator';
const OWN_CHANNEL = 'direct';

export interface AdminKeyRequest {
  readonly label: string;
  /** Though there is one that works already. */
  readonly another: boolean;
  readonly reason?: string;
}

/** The first key of the desk, for whoever has the database: all other keys are made with one. */
@Injectable()
export class AdminKeyService {
  constructor(private readonly writer: DeskWriter) {}

  /** Of two that are the first at once, one is refused. @throws DomainError `already_exists`, `partner_suspended`, `invalid_value` */
  create({ actor }: Operator, { label, another, ...request }: AdminKeyRequest): Promise<NewKeyResponse> {
    const faults = new ValueFaults();
    faults.text(label, '/label', LABEL_MAX);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    const made = makeKey();
    return this.writer.write(actor, async (tx) => {
      // Without a row to lock, two meet at the id of partner or key, and one of them starts anew.
      const [, found, open, id, now] = await tx.read(
        lockAdminKeys(),
        lockPartner(OPERATOR_ID),
        openAdminKeys(),
        nextKeyId(),
        databaseTime(),
      );
      const [first] = open;
      if (first && !another) throw deskIsOpen(first.id, first.partnerId);
      if (found?.status === 'suspended') throw SUSPENDED;
      const partner = found ?? newOperator(now);
      if (!found) insertPartner(tx, partner);
      const key: KeyRecord = {
        id,
        partnerId: OPERATOR_ID,
        prefix: made.prefix,
        label,
        scopes: ['admin'],
        status: 'active',
        createdAt: now,
        expiresAt: undefined,
        revokedAt: undefined,
      };
      insertKey(tx, key, made);
      const { prefix } = made;
      const action: DeskAction = {
        action: 'key.created',
        subject: { type: 'key', id: String(id) },
        reason,
        details: { partner_id: OPERATOR_ID, prefix, label, scopes: key.scopes, expires_at: null },
      };
      const also: DeskAction = {
        action: 'partner.created',
        subject: { type: 'partner', id: OPERATOR_ID },
        reason,
        details: { ...partnerResponse(partner) },
      };
      return { result: { ...keyResponse(key), secret: made.secret }, action, ...(!found && { also }) };
    });
  }
}

const newOperator = (createdAt: number): PartnerRecord => ({
  id: OPERATOR_ID,
  name: OPERATOR_NAME,
  channelId: OWN_CHANNEL,
  status: 'active',
  limits: eachLimit((_, { initial }) => initial),
  createdAt,
});

const deskIsOpen = (id: number, partnerId: string): DomainError =>
  new DomainError({
    code: 'already_exists',
    detail: `Key ${id} of partner ${partnerId} opens the desk already. Nothing was made; --another makes one more.`,
  });

const SUSPENDED = new DomainError({
  code: 'partner_suspended',
  detail: `The partner ${OPERATOR_ID} is suspended: its keys open nothing. partners resume ${OPERATOR_ID} lets them.`,
});
