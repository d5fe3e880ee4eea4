import { hash } from 'node:crypto';

import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import type { Repository } from 'typeorm';

import type { PartnerTerms } from '../domain/command.js';
import type { HoldLimits } from '../domain/hold-limits.js';
import { ApiKeyEntity } from './api-key.entity.js';
import type { PartnerEntity } from './partner.entity.js';
import type { Scope } from './scopes.js';

/** What a valid key gives. */
export interface Grant {
  readonly partner: PartnerTerms;
  /** The key as the ledger names it. */
  readonly actor: string;
  readonly suspended: boolean;
  readonly requestsPerMinuteMax: number;
  readonly scopes: ReadonlySet<Scope>;
}

/** Does something before and after a look-up, or refuses it. */
export type GuardedLookUp = <T>(lookUp: () => Promise<T | undefined>) => Promise<T | undefined>;

interface Remembered extends Grant {
  /** How many changes there had been when it was asked for. */
  readonly changes: number;
  /** Both on this process's monotonic clock, in ms. */
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** A revoked key is refused within this time everywhere. */
const REMEMBER_MAX_MS = 5_000;
/** More keys than a busy instance sees in that time. */
const REMEMBERED_MAX = 10_000;

/** Looks keys up by their SHA-256. Misses are not remembered, so a new key works at once. */
@Injectable()
export class ApiKeys {
  private readonly grants = new LRUCache<string, Remembered, LookUp>({
    max: REMEMBERED_MAX,
    // Requests that come together ask once.
    fetchMethod: (_sha256, _stale, { context }) => context.lookUp(),
  });
  private changes = 0;

  constructor(@InjectRepository(ApiKeyEntity) private readonly keys: Repository<ApiKeyEntity>) {}

  /** What a key gives that was looked up a short while ago, without waiting; `undefined` when it has to be looked up. */
  known(key: string): Grant | undefined {
    const grant = this.remembered(idOf(key));
    return grant && grant.expiresAt > performance.now() ? grant : undefined;
  }

  /**
   * @param guarded is given the look-up of a key that isn't remembered, once for all requests that wait for it
   * @returns `undefined` for a key that is unknown, revoked or past its expiry
   */
  async find(key: string, guarded: GuardedLookUp): Promise<Grant | undefined> {
    const id = idOf(key);
    const context = { lookUp: () => guarded(() => this.look(Buffer.from(id, 'base64'))) };
    const { changes } = this;
    let grant = this.remembered(id) ?? (await this.grants.fetch(id, { context, forceRefresh: true }));
    // It shared the look-up of a request that came before the last change.
    if (grant && grant.changes < changes) grant = await this.grants.fetch(id, { context, forceRefresh: true });
    return grant && grant.expiresAt > performance.now() ? grant : undefined;
  }

  /** A key or a partner was changed: whoever asks from now on is told what is so since, by this process at once. */
  forget(): void {
    this.changes++;
  }

  private remembered(id: string): Remembered | undefined {
    const grant = this.grants.get(id);
    return grant?.changes === this.changes && performance.now() - grant.askedAt < REMEMBER_MAX_MS ? grant : undefined;
  }

  private async look(sha256: Buffer): Promise<Remembered | undefined> {
    const askedAt = performance.now();
    const { changes } = this;
    const { entities, raw } = await this.keys
      .createQueryBuilder('k')
      .innerJoinAndSelect('k.partner', 'p')
      // By the database's clock: instances' clocks may disagree.
      .addSelect('TIMESTAMPDIFF(MICROSECOND, SYSDATE(6), k.expires_at)', 'expires_in_us')
      .where('k.key_sha256 = :sha256 AND k.revoked_at IS NULL', { sha256 })
      .getRawAndEntities<{ expires_in_us: number | null }>();
    const [key] = entities;
    if (!key) return undefined;
    const { id, channelId, quantityMax, holdMaxSeconds, status, requestsPerMinuteMax } = key.partner;
    const expiresInUs = raw[0]?.expires_in_us ?? null;
    return {
      actor: `key:${key.id}`,
      partner: { id, channelId, quantityMax, holdMaxSeconds, limits: limitsOf(key.partner) },
      suspended: status === 'suspended',
      requestsPerMinuteMax,
      scopes: new Set(key.scopes),
      changes,
      askedAt,
      expiresAt: expiresInUs === null ? Infinity : askedAt + expiresInUs / 1000,
    };
  }
}

/** What a key is remembered by. */
const idOf = (key: string): string => hash('sha256', key, 'base64');

const limitsOf = (partner: PartnerEntity): HoldLimits => ({
  heldPerProductMax: partner.heldPerProductMax ?? undefined,
  heldMax: partner.heldMax ?? undefined,
  extensionsMax: partner.extensionsMax ?? undefined,
  productQuota: partner.productQuota ?? undefined,
});

interface LookUp {
  readonly lookUp: () => Promise<Remembered | undefined>;
}
