import { Injectable } from '@nestjs/common';

import { ApiKeys } from '../auth/api-keys.service.js';
import { makeKey, type NewKey } from '../auth/key-format.js';
import {
  insertKey,
  type KeyFilter,
  type KeyRecord,
  keysOf,
  lockKey,
  nextKeyId,
  setKeyExpiry,
  setKeyRevoked,
} from '../auth/key.store.js';
import { type Scope, SCOPES } from '../auth/scopes.js';
import { parseText, REASON_MAX } from '../contract/body-faults.js';
import { pageOf } from '../contract/page.js';
import { ValueFaults } from '../contract/value-faults.js';
import { databaseTime } from '../database/database-time.js';
import { Reader } from '../database/reader.js';
import type { Tx } from '../database/transaction.js';
import { DomainError } from '../domain/errors.js';
import { type Instant, isoInstant, isoOrNull, parseInstant } from '../domain/instant.js';
import { partnerOf } from '../partner/partner.store.js';
import { keyNotFound, parseId, partnerNotFound } from './desk-values.js';
import { type DeskChange, DeskWriter } from './desk-writer.js';
import {
  type CreateKeyRequest,
  type KeyList,
  keyResponse,
  type KeyResponse,
  type NewKeyResponse,
  type RevokeKeyRequest,
  type RotatedKeyResponse,
  type RotateKeyRequest,
} from './key.dto.js';
import { deskKeys, keepDeskOpen } from './last-admin-key.js';
import type { Operator } from './operator.js';

export const LABEL_MAX = 100;
/** A day: time to put the new key in place. */
const OVERLAP_SECONDS = 86_400;
const OVERLAP_SECONDS_MAX = 2_592_000;
/** Of MySQL's TIMESTAMP. */
const EXPIRY_MAX = Date.UTC(2038, 0, 19);

/** Keys of partners. A key is shown to whoever makes it, once; only its SHA-256 is kept. */
@Injectable()
export class KeyService {
  constructor(
    private readonly reader: Reader,
    private readonly writer: DeskWriter,
    private readonly apiKeys: ApiKeys,
  ) {}

  async list(query: KeyFilter): Promise<KeyList> {
    const { entries, next_cursor } = pageOf(await this.reader.run(keysOf(query)), query.limit, ({ id }) => id);
    return { keys: entries.map(keyResponse), next_cursor };
  }

  /** @throws DomainError `partner_not_found`, `invalid_value` */
  create({ actor }: Operator, partner: string, request: CreateKeyRequest): Promise<NewKeyResponse> {
    const partnerId = parseId(partner, partnerNotFound);
    const { label } = request;
    const faults = new ValueFaults();
    faults.text(label, '/label', LABEL_MAX);
    const scopes = parseScopes(faults, request.scopes);
    const expiresAt = parseExpiry(faults, request.expires_at);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    const made = makeKey();
    return this.write(actor, async (tx) => {
      const [found, id, createdAt] = await tx.read(partnerOf(partnerId), nextKeyId(), databaseTime());
      if (!found) throw partnerNotFound();
      const key = newKey({ id, partnerId, label, scopes, expiresAt, createdAt }, made);
      insertKey(tx, key, made);
      const details = {
        partner_id: partnerId,
        prefix: made.prefix,
        label,
        scopes,
        expires_at: isoOrNull(expiresAt),
      };
      return {
        result: { ...keyResponse(key), secret: made.secret },
        action: { action: 'key.created', subject: subjectOf(id), reason, details },
      };
    });
  }

  /**
   * Makes a key with the same label and scopes; the old one ends after an overlap.
   *
   * @throws DomainError `key_not_found`, `key_not_active`, `invalid_value`
   */
  rotate({ actor }: Operator, keyId: number, request: RotateKeyRequest): Promise<RotatedKeyResponse> {
    const { overlap_seconds: overlapSeconds = OVERLAP_SECONDS } = request;
    const faults = new ValueFaults();
    faults.whole(overlapSeconds, '/overlap_seconds', 0, OVERLAP_SECONDS_MAX);
    const expiresAt = parseExpiry(faults, request.expires_at);
    faults.refuse();
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    const made = makeKey();
    return this.write(actor, async (tx) => {
      const [old, id, now] = await tx.read(lockKey(keyId), nextKeyId(), databaseTime());
      if (!old) throw keyNotFound();
      if (old.status !== 'active') throw keyNotActive(old);
      const { partnerId, label, scopes } = old;
      const key = newKey({ id, partnerId, label, scopes, expiresAt, createdAt: now }, made);
      insertKey(tx, key, made);
      const ends = Math.min(old.expiresAt ?? Infinity, now + overlapSeconds * 1000);
      setKeyExpiry(tx, keyId, ends);
      const replaced = keyResponse({ ...old, expiresAt: ends, status: ends > now ? 'active' : 'expired' });
      return {
        result: { key: { ...keyResponse(key), secret: made.secret }, replaced },
        action: {
          action: 'key.rotated',
          subject: subjectOf(keyId),
          reason,
          details: {
            partner_id: partnerId,
            new_key_id: id,
            overlap_seconds: overlapSeconds,
            expires_at: isoInstant(ends),
          },
        },
        also: {
          action: 'key.created',
          subject: subjectOf(id),
          reason,
          details: {
            partner_id: partnerId,
            prefix: made.prefix,
            label,
            scopes,
            expires_at: isoOrNull(expiresAt),
            in_place_of_key_id: keyId,
          },
        },
      };
    });
  }

  /** Ends a key: here at once, within 5 s everywhere. Once more does nothing. @throws DomainError `key_not_found`, `last_admin_key` */
  revoke({ actor }: Operator, keyId: number, request: RevokeKeyRequest = {}): Promise<KeyResponse> {
    const reason = parseText(request.reason, '/reason', REASON_MAX);
    return this.write(actor, async (tx) => {
      const [, open, key, now] = await tx.read(...deskKeys(), lockKey(keyId), databaseTime());
      if (!key) throw keyNotFound();
      if (key.status === 'revoked') return { result: keyResponse(key) };
      keepDeskOpen(open, ({ id }) => id === keyId);
      setKeyRevoked(tx, keyId, now);
      const details = { partner_id: key.partnerId, prefix: key.prefix ?? null, label: key.label };
      return {
        result: keyResponse({ ...key, status: 'revoked', revokedAt: now }),
        action: { action: 'key.revoked', subject: subjectOf(keyId), reason, details },
      };
    });
  }

  /** What this process remembers of keys holds no longer, whatever came of the change. */
  private write<T>(actor: string, work: (tx: Tx) => Promise<DeskChange<T>>): Promise<T> {
    return this.writer.write(actor, work).finally(() => {
      this.apiKeys.forget();
    });
  }
}

const subjectOf = (id: number): { type: 'key'; id: string } => ({ type: 'key', id: String(id) });

const newKey = (key: Omit<KeyRecord, 'prefix' | 'status' | 'revokedAt'>, { prefix }: NewKey): KeyRecord => ({
  ...key,
  prefix,
  status: 'active',
  revokedAt: undefined,
});

function parseScopes(faults: ValueFaults, scopes: readonly string[]): readonly Scope[] {
  if (scopes.length === 0) faults.add('/scopes', `must name one at least of ${SCOPES.join(', ')}`);
  // As many as a list of all has: what is longer repeats itself.
  else if (scopes.length > SCOPES.length) faults.add('/scopes', `may name each of ${SCOPES.join(', ')} once`);
  else {
    for (const [n, scope] of scopes.entries()) {
      if (!SCOPES.some((known) => known === scope)) faults.add(`/scopes/${n}`, `must be one of ${SCOPES.join(', ')}`);
    }
  }
  return SCOPES.filter((scope) => scopes.includes(scope));
}

function parseExpiry(faults: ValueFaults, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  // A key is made to be used: this process's clock is near enough to tell.
  if (at === undefined)
    faults.add('/expires_at', 'must be an ISO 8601 date and time with an offset, such as 2027-01-31T00:00:00Z');
  else if (at <= Date.now()) faults.add('/expires_at', 'must lie in the future');
  else if (at >= EXPIRY_MAX)
    faults.add('/expires_at', 'must lie before 2038-01-19; leave it out for a key without an end');
  return at;
}

const keyNotActive = ({ id, status }: KeyRecord): DomainError =>
  new DomainError({
    code: 'key_not_active',
    detail: `Key ${id} is ${status}: there is nothing to rotate. Create a new key for the partner.`,
  });
