import type { Reply } from '../support/api.js';
import { OPERATOR, useDesk } from '../support/desk.js';
import { hold, waitForLockWaits } from '../support/locks.js';
import { addPartner, changeKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';
import { range, tally } from '../support/stock.js';

const desk = useDesk();

interface Key {
  readonly key_id: number;
  readonly secret: string;
}

async function makeAdminKey(partner: string): Promise<Key> {
  return (await desk.ask<Key>(`POST partners/${partner}/keys`, { label: 'made by a test', scopes: ['admin'] })).body;
}

async function idOfOperatorsKey(): Promise<number> {
  const [row] = await desk.database.rows<{ id: number }>("SELECT id FROM api_keys WHERE partner_id = 'operator'");
  return row?.id ?? 0;
}

describe('the last key of the desk', () => {
  const suspend = (partner: string): Promise<Reply> => desk.ask(`PATCH partners/${partner}`, { status: 'suspended' });

  it('is neither revoked nor suspended by mistake; with another one it is', async () => {
    const id = await idOfOperatorsKey();
    expect(expectProblem(await desk.ask(`POST keys/${id}/revoke`), 409, 'last_admin_key').detail).toContain(
      ` no key but key ${id} of partner operator has the scope admin.`,
    );
    expectProblem(await suspend('operator'), 409, 'last_admin_key');
    // None of these opens the desk.
    const expired = await makeAdminKey('partner-b');
    await changeKey(desk.database, expired.secret, 'expires_at = SYSDATE(6)');
    await addPartner(desk.database, 'resting');
    await makeAdminKey('resting');
    await desk.database.rows("UPDATE partners SET status = 'suspended' WHERE id = 'resting'");
    expectProblem(await desk.ask(`POST keys/${id}/revoke`), 409, 'last_admin_key');
    expect(await desk.log('key', String(id))).toEqual([]);

    const second = await makeAdminKey('operator');
    expect(expectProblem(await suspend('operator'), 409, 'last_admin_key').detail).toContain(
      ` no key but keys ${id} and ${second.key_id} of partner operator has the scope admin.`,
    );
    expect((await desk.api.desk(second.secret, `POST keys/${id}/revoke`)).status).toBe(200);
    expect((await desk.ask('GET log')).status).toBe(401);
    await changeKey(desk.database, OPERATOR, 'revoked_at = NULL');
    expect((await desk.ask(`POST keys/${second.key_id}/revoke`)).status).toBe(200);
  });

  it('stays when two operators take the last two away at once', async () => {
    for (const round of range(0, 5)) {
      const [a, b] = [`rival-${round}a`, `rival-${round}b`];
      for (const partner of [a, b]) await addPartner(desk.database, partner);
      const first = await makeAdminKey(a);
      const second = await makeAdminKey(b);
      await changeKey(desk.database, OPERATOR, 'revoked_at = SYSDATE(6)');
      // Both have come in before either is done.
      const lock = await hold(desk.database, 'SELECT 1 FROM api_keys FOR UPDATE');
      const asked = [
        desk.api.desk(first.secret, `POST keys/${second.key_id}/revoke`),
        desk.api.desk(second.secret, `PATCH partners/${a}`, { status: 'suspended' }),
      ];
      await waitForLockWaits(desk.database, 2);
      await lock.release();
      const replies = await Promise.all(asked);
      expect(tally(replies)).toEqual({ 200: 1, 409: 1 });
      await changeKey(desk.database, OPERATOR, 'revoked_at = NULL');
      await desk.ask(`POST keys/${first.key_id}/revoke`);
      await desk.ask(`POST keys/${second.key_id}/revoke`);
    }
  });
});
