import type { Plain } from '../contract/plain.js';
import type { KeyList, KeyResponse, NewKeyResponse, RotatedKeyResponse } from './key.dto.js';

const SCOPES = ['inventory:read', 'reservations:read', 'reservations:write'] as const;

export const KEY: Plain<KeyResponse> = {
  key_id: 12,
  prefix: 'alk_7Jd0bQx2Lm',
  partner_id: 'partner-a',
  label: 'Booking engine, production',
  scopes: SCOPES,
  status: 'active',
  created_at: '2026-11-26T08:00:00.000Z',
  expires_at: null,
  revoked_at: null,
};

export const NEW_KEY: Plain<NewKeyResponse> = {
  ...KEY,
  secret: 'alk_7Jd0bQx2Lm_8kQwZr3nVb5YtGh1JpXcLd6MfSa9Ue0Aa1Bb2',
};
export const REVOKED_KEY: KeyResponse = { ...KEY, status: 'revoked', revoked_at: '2026-11-27T08:00:00.000Z' };
export const KEY_LIST: KeyList = { keys: [KEY], next_cursor: null };

export const ROTATED_KEY: RotatedKeyResponse = {
  key: {
    ...NEW_KEY,
    key_id: 13,
    prefix: 'alk_Qx1vT9pKs4',
    secret: 'alk_Qx1vT9pKs4_Zr3nVb5YtGh1JpXcLd6MfSa9Ue08kQwAa1Bb2',
    created_at: '2026-11-27T08:00:00.000Z',
  },
  replaced: { ...KEY, expires_at: '2026-11-28T08:00:00.000Z' },
};

/** Bodies that these changes are asked for by. */
export const KEY_BODIES = {
  create: { seller: { value: { label: 'Booking engine, production', scopes: SCOPES, reason: 'Contract signed' } } },
  rotate: {
    day: { summary: 'The old key works for a day', value: {} },
    leaked: { summary: 'The old key is no good any more', value: { overlap_seconds: 0, reason: 'Seen in a log' } },
  },
  revoke: { leaked: { value: { reason: 'Found in a public repository' } } },
};
