import { createHash } from 'node:crypto';

import type { TestDatabase } from './database.js';

export const OPERATOR = 'desk_test_key_12345';

/** A key with the scope `admin`, of a partner on the operator's own channel. The demo data have none: it would be public. */
export async function addOperator(database: TestDatabase): Promise<void> {
  await database.rows(
    `INSERT INTO partners (id, name, channel_id) VALUES ('operator', 'Operator', 'direct');
     INSERT INTO api_keys (partner_id, key_sha256, label, scopes) VALUES ('operator', ?, 'desk', '["admin"]')`,
    [createHash('sha256').update(OPERATOR).digest()],
  );
}
