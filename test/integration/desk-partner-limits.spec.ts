import { useDemoService } from '../support/demo-service.js';
import { addOperator, OPERATOR } from '../support/desk.js';
import { holdUnits } from '../support/life.js';
import { addKey } from '../support/partners.js';
import { expectProblem } from '../support/problem.js';

const demo = useDemoService();
const NONE = { held_per_product_max: null, held_max: null, product_quota: null, extensions_max: null };

const change = (body: object) => demo.api.desk(OPERATOR, 'PATCH partners/limited', body);

beforeAll(async () => {
  await addOperator(demo.database);
  const { status, body } = await demo.api.desk(OPERATOR, 'POST partners', {
    partner_id: 'limited',
    name: 'Limited',
    channel_id: 'ota',
    held_per_product_max: 3,
  });
  expect([status, body]).toEqual([201, expect.objectContaining({ ...NONE, held_per_product_max: 3 })]);
  await addKey(demo.database, 'limited', 'limited-key');
});

describe('limits of what a partner holds', () => {
  const reserve = () => demo.api.reserve('limited-key', { product_id: 106, quantity: 4 });

  it('are set, changed and lifted at the desk, and in force at once where they were', async () => {
    expectProblem(await reserve(), 409, 'hold_limit_reached');
    expect((await change({ held_per_product_max: 4 })).body).toMatchObject({ ...NONE, held_per_product_max: 4 });
    expect((await reserve()).status).toBe(201);
    expectProblem(await reserve(), 409, 'hold_limit_reached');
    // What isn't sent stays.
    expect((await change({ held_max: 100, extensions_max: 0 })).body).toMatchObject({
      ...NONE,
      held_per_product_max: 4,
      held_max: 100,
      extensions_max: 0,
    });
    expectProblem(await reserve(), 409, 'hold_limit_reached');
    expect((await change({ held_per_product_max: null, product_quota: 10 })).body).toMatchObject({
      ...NONE,
      held_max: 100,
      extensions_max: 0,
      product_quota: 10,
    });
    const { reservation_id: id } = await holdUnits(demo.api, 106, 4, 'limited-key');
    expect(expectProblem(await reserve(), 409, 'hold_limit_reached')).toMatchObject({ limit_name: 'product_quota' });
    const extended = await demo.api.step('limited-key', id, 'extend', {
      reservation_expires_at: new Date(Date.now() + 200_000_000).toISOString(),
    });
    expect(expectProblem(extended, 409, 'hold_limit_reached')).toMatchObject({
      limit_name: 'extensions_max',
      limit: 0,
    });
    expect((await demo.api.desk(OPERATOR, 'GET partners/limited')).body).toMatchObject({
      held_max: 100,
      product_quota: 10,
    });
  });

  it('leave a line in the log that says from what to what', async () => {
    await change({ held_max: 50, reason: 'Hoarding' });
    await change({ held_max: null });
    const lines = await demo.database.rows<{ reason: string | null; details: unknown }>(
      "SELECT reason, details FROM desk_log WHERE subject_id = 'limited' AND action = 'partner.changed' ORDER BY id DESC LIMIT 2",
    );
    expect(lines).toEqual([
      { reason: null, details: { held_max: { from: 50, to: null } } },
      { reason: 'Hoarding', details: { held_max: { from: 100, to: 50 } } },
    ]);
  });

  it.each([
    ['held_per_product_max', -1],
    ['held_max', 2_147_483_648],
    ['product_quota', -5],
    ['extensions_max', 1_000_001],
  ])('%s of %i is 422', async (name, value) => {
    const { errors } = expectProblem(await change({ [name]: value }), 422, 'invalid_value');
    expect(errors).toEqual([{ pointer: `/${name}`, detail: expect.stringContaining('whole number from 0 to') }]);
  });

  it.each([1.5, '5', true, []])('%j is 400, since it is no number', async (value) => {
    const { errors } = expectProblem(await change({ held_max: value }), 400, 'malformed_request');
    expect(errors).toEqual([{ pointer: '/held_max', detail: 'must be a whole number, or null' }]);
  });
});
