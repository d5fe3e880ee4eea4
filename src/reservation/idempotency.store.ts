import type { Words } from '../database/shared-columns.js';
import type { Query, Tx } from '../database/transaction.js';
import { type KeptAnswer, keptAnswerId, type NewKey } from '../domain/decision.js';
import type { Instant } from '../domain/instant.js';

interface KeyName {
  readonly partnerId: string;
  readonly key: string;
}

/** Answers kept under these keys, by `keptAnswerId`. Takes no lock: two transactions that keep one key meet at its primary key. */
export const keptAnswers = (names: readonly KeyName[]): Query<Map<string, KeptAnswer>> => ({
  sql: `SELECT partner_id, idempotency_key, HEX(fingerprint) AS fingerprint, status, answer
    FROM idempotency_keys WHERE (partner_id, idempotency_key) IN (?)`,
  values: [names.map(({ partnerId, key }) => [partnerId, key])],
  read: (rows) =>
    new Map(
      rows.map((row) => [
        keptAnswerId(row['partner_id'] as string, row['idempotency_key'] as string),
        {
          fingerprint: (row['fingerprint'] as string).toLowerCase(),
          status: row['status'] as number,
          body: row['answer'] as string,
        },
      ]),
    ),
});

/** Keeps answers for repeated requests. In the order of the keys, so that two batches can't wait for each other. */
export function keepAnswers(
  tx: Tx,
  keys: readonly NewKey[],
  at: Instant | Words,
  answerOf: (key: NewKey) => { readonly status: number; readonly body: string | Words },
): void {
  if (keys.length === 0) return;
  const createdAt = typeof at === 'number' ? new Date(at) : at;
  const idOf = ({ partnerId, key }: NewKey): string => keptAnswerId(partnerId, key);
  const rows = [...keys]
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    .map((key) => {
      const { status, body } = answerOf(key);
      return [key.partnerId, key.key, Buffer.from(key.fingerprint, 'hex'), status, body, createdAt];
    });
  tx.write(
    'INSERT INTO idempotency_keys (partner_id, idempotency_key, fingerprint, status, answer, created_at) VALUES ?',
    [rows],
  );
}
