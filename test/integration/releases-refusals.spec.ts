import type { Route } from '../support/allotment.js';
import type { Problem, Reply } from '../support/api.js';
import { bootApp, PARTNER_A, type TestApp } from '../support/app.js';
import { demoDatabase, type TestDatabase } from '../support/database.js';
import { addOperator, OPERATOR } from '../support/desk.js';

let database: TestDatabase;
let service: TestApp;

beforeAll(async () => {
  database = await demoDatabase();
  await addOperator(database);
  service = await bootApp(database.url);
});
afterAll(async () => {
  await service.close();
  await database.drop();
});

const ask = (route: Route, body?: unknown): Promise<Reply<Problem>> => service.api.desk<Problem>(OPERATOR, route, body);

describe('a release that makes no sense', () => {
  const GOOD = { from: 'ota', to: 'direct', at: '2030-01-01T00:00:00Z' };
  const DAYS = { at: undefined, visit_date: '2030-07-01', days_before: 3 };

  it.each<[object, number, string, string]>([
    [{ from: 5 }, 400, 'malformed_request', '/from'],
    [{ to: undefined }, 400, 'malformed_request', '/to'],
    [{ keep: '5' }, 400, 'malformed_request', '/keep'],
    [{ keep: null }, 400, 'malformed_request', '/keep'],
    [{ at: 5 }, 400, 'malformed_request', '/at'],
    [{ ...DAYS, days_before: 1.5 }, 400, 'malformed_request', '/days_before'],
    [{ when: 'soon' }, 400, 'malformed_request', '/when'],
    [{ from: 'direct' }, 422, 'invalid_release', '/to'],
    [{ from: 'moon' }, 422, 'invalid_release', '/from'],
    [{ to: 'móon' }, 422, 'invalid_release', '/to'],
    [{ keep: -1 }, 422, 'invalid_release', '/keep'],
    [{ keep: 1e12 }, 422, 'invalid_release', '/keep'],
    [{ at: undefined }, 422, 'invalid_release', '/at'],
    [{ at: '2030-01-01' }, 422, 'invalid_release', '/at'],
    [{ at: '2030-01-01T00:00:00' }, 422, 'invalid_release', '/at'],
    [{ at: '2030-02-30T00:00:00Z' }, 422, 'invalid_release', '/at'],
    [{ at: '2020-01-01T00:00:00Z' }, 422, 'invalid_release', '/at'],
    [{ at: '2036-01-01T00:00:00Z' }, 422, 'invalid_release', '/at'],
    [{ at: '9999-12-31T23:59:59Z' }, 422, 'invalid_release', '/at'],
    [{ visit_date: '2030-07-01' }, 422, 'invalid_release', '/visit_date'],
    [{ days_before: 3 }, 422, 'invalid_release', '/days_before'],
    [{ local_time: '18:00' }, 422, 'invalid_release', '/local_time'],
    [{ ...DAYS, visit_date: '2030-07-32' }, 422, 'invalid_release', '/visit_date'],
    [{ ...DAYS, days_before: undefined }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, days_before: -1 }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, days_before: 3_651 }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, visit_date: '0001-01-01', days_before: 3_650 }, 422, 'invalid_release', '/visit_date'],
    [{ ...DAYS, visit_date: '1990-01-01', days_before: 3_650 }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, visit_date: '9999-12-31' }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, visit_date: '2026-01-01' }, 422, 'invalid_release', '/days_before'],
    [{ ...DAYS, local_time: '24:00' }, 422, 'invalid_release', '/local_time'],
    [{ ...DAYS, local_time: '6pm' }, 422, 'invalid_release', '/local_time'],
    [{ reason: 'x'.repeat(501) }, 422, 'invalid_text', '/reason'],
  ])('%j is told where, tried or not', async (change, status, code, pointer) => {
    const before = await database.rows('SELECT COUNT(*) AS n FROM scheduled_releases');
    for (const query of ['', '?dry_run=true'] as const) {
      const reply = await ask(`POST products/106/releases${query}`, { ...GOOD, ...change });
      expect({ status: reply.status, code: reply.body.code }).toEqual({ status, code });
      expect(reply.body.errors).toContainEqual(expect.objectContaining({ pointer }));
    }
    expect(await database.rows('SELECT COUNT(*) AS n FROM scheduled_releases')).toEqual(before);
  });

  it('is of a product that there is', async () => {
    for (const query of ['', '?dry_run=true'] as const) {
      const { body } = await ask(`POST products/99999/releases${query}`, GOOD);
      expect(body).toMatchObject({ status: 404, code: 'product_not_found' });
    }
  });

  it("is not a partner's to ask for", async () => {
    const routes: Route[] = [
      'GET releases',
      'GET releases/rel_x',
      'POST releases/rel_x/cancel',
      'POST products/106/releases',
    ];
    for (const route of routes) {
      const { status } = await service.api.desk(PARTNER_A, route, route.startsWith('POST') ? GOOD : undefined);
      expect(status).toBe(403);
    }
  });
});
