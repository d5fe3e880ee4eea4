import { PARTNER_A, PARTNER_B, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { type Operation, operationsAt } from '../support/hostile/operations.js';
import { holdUnits, state } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';

const demo = useDemoService();
afterEach(() => expectSound(demo.database));

/** Every operation that needs a key, asked with this one. @returns statuses by operation */
async function reach(key: string, id: string): Promise<Record<string, number>> {
  const keyed = (await operationsAt(demo.api.base)).filter((operation: Operation) => operation.keyed);
  const asked = keyed.map(async ({ name, method, path, body }): Promise<[string, number]> => {
    const headers = { 'x-api-key': key, ...(body && { 'content-type': 'application/json' }) };
    const url = `${path.replace('{id}', id).replace('{product_id}', '106')}${QUERIES[path] ?? ''}`;
    const { status } = await demo.api.send(url, { method, headers, ...(body && { body: '{}' }) });
    return [name, status];
  });
  return Object.fromEntries(await Promise.all(asked));
}

const QUERIES: Readonly<Record<string, string>> = { '/api/ota/quote': '?product_id=106&guests=adult:1' };

describe('a key that only reads the inventory', () => {
  it('opens prices and availability, and no other operation of the document', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1, PARTNER_A);
    const before = await state(demo.database);
    const {
      'GET /api/ota/inventory': inventory,
      'GET /api/ota/inventory/{product_id}/explain': explanation,
      'GET /api/ota/quote': quote,
      ...others
    } = await reach(READ_ONLY, id);
    expect({ inventory, explanation, quote }).toEqual({ inventory: 200, explanation: 200, quote: 200 });
    expect(Object.keys(others).length).toBeGreaterThanOrEqual(6);
    expect(new Set(Object.values(others))).toEqual(new Set([403]));
    expect(await state(demo.database)).toEqual(before);
  });
});

describe('a stolen key', () => {
  it('finds nothing of another partner, by no operation', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 1, PARTNER_B);
    for (const step of ['activate', 'extend', 'cancel'] as const) {
      const body = step === 'extend' ? { reservation_expires_at: '2099-01-01T00:00:00Z' } : {};
      expectProblem(await demo.api.step(PARTNER_A, id, step, body), 404, 'reservation_not_found');
    }
    expectProblem(await demo.api.reservation(PARTNER_A, id), 404, 'reservation_not_found');
    expect((await demo.api.reservations(PARTNER_A, '?limit=200')).text).not.toContain(id);
  });

  it('sees the units that another partner took from the channel that they share, and no more', async () => {
    const before = await demo.api.available(PARTNER_A, 107);
    await holdUnits(demo.api, 107, 3, PARTNER_B);
    expect(await demo.api.available(PARTNER_A, 107)).toBe(before - 3);
    expect((await demo.api.inventory(PARTNER_A)).text).not.toMatch(/partner/);
  });
});
