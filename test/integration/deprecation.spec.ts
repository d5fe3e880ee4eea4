import type { Reply } from '../support/api.js';
import { PARTNER_A, READ_ONLY } from '../support/app.js';
import { useDemoService } from '../support/demo-service.js';
import { holdUnits, state } from '../support/life.js';
import { expectProblem } from '../support/problem.js';
import { expectSound } from '../support/soundness.js';

const SUCCESSOR = 'https://tickets.example/api';

interface Operation {
  readonly deprecated?: boolean;
  readonly description?: string;
}
type Paths = Record<string, Record<string, Operation>>;

const told = ({ headers }: Reply): unknown => ({
  deprecation: headers.get('deprecation'),
  sunset: headers.get('sunset'),
  link: headers.get('link'),
});
const NOTHING = { deprecation: null, sunset: null, link: null };
const ANNOUNCED = {
  deprecation: `@${Date.parse('2025-12-09T00:00:00+08:00') / 1000}`,
  sunset: 'Sun, 31 Jan 2027 00:00:00 GMT',
  link: `<${SUCCESSOR}>; rel="successor-version"`,
};
const SETTINGS = { RESERVATION_API_SUCCESSOR: SUCCESSOR, RESERVATION_API_SUNSET: '2027-01-31' };

type Service = ReturnType<typeof useDemoService>;

const reserve = (demo: Service, body: unknown = { product_id: 106, quantity: 1 }, key = PARTNER_A): Promise<Reply> =>
  demo.api.reserve<Record<string, unknown>>(key, body);

const others = (demo: Service): [number, () => Promise<Reply>][] => [
  [200, () => demo.api.get(PARTNER_A, '/api/ota/inventory')],
  [200, () => demo.api.get(PARTNER_A, '/api/ota/inventory?product_ids=106')],
  [200, () => demo.api.get(PARTNER_A, '/api/ota/quote?product_id=106&guests=adult:1')],
  [200, () => demo.api.send('/health/live')],
  [200, () => demo.api.send('/docs-json')],
  [404, () => demo.api.get(PARTNER_A, '/api/ota/reserves')],
  [404, () => demo.api.get(PARTNER_A, '/api/ota/reservations-old')],
];

describe('RESERVATION_API=on', () => {
  const demo = useDemoService(SETTINGS);
  it('announces nothing', async () => {
    expect(told(await reserve(demo))).toEqual(NOTHING);
    const { body } = await demo.api.send<{ paths: Paths }>('/docs-json');
    const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
    expect(operations.filter(({ deprecated }) => deprecated)).toEqual([]);
  });
});

describe('RESERVATION_API=deprecated', () => {
  const demo = useDemoService({ RESERVATION_API: 'deprecated', ...SETTINGS });
  afterEach(() => expectSound(demo.database));

  it('works, and says on every answer that it ends', async () => {
    const { reservation_id: id } = await holdUnits(demo.api, 106, 2);
    const answers: [number, Reply][] = [
      [201, await reserve(demo)],
      [400, await reserve(demo, '{')],
      [401, await reserve(demo, {}, 'wrong')],
      [403, await reserve(demo, {}, READ_ONLY)],
      [409, await reserve(demo, { product_id: 106, quantity: 1_000_000 })],
      [422, await reserve(demo, { product_id: 106, quantity: 0 })],
      [200, await demo.api.get(PARTNER_A, '/api/ota/reservations')],
      [200, await demo.api.get(PARTNER_A, '/api/ota/reservations?limit=1')],
      [422, await demo.api.get(PARTNER_A, '/api/ota/reservations?limit=x')],
      [200, await demo.api.get(PARTNER_A, `/api/ota/reservations/${id}`)],
      [404, await demo.api.get(PARTNER_A, '/api/ota/reservations/res_nope')],
      [404, await demo.api.get(PARTNER_A, `/api/ota/reservations/${id}/nope`)],
    ];
    for (const step of ['activate', 'cancel'] as const) {
      const { status, headers, text } = await demo.api.step(PARTNER_A, id, step);
      answers.push([200, { status, headers, text, body: {} }]);
    }
    for (const [status, reply] of answers) expect([reply.status, told(reply)]).toEqual([status, ANNOUNCED]);
  });

  it('says nothing elsewhere', async () => {
    for (const [status, ask] of others(demo)) {
      const reply = await ask();
      expect([reply.status, told(reply)]).toEqual([status, NOTHING]);
    }
  });

  it('is announced however the path is written', async () => {
    const reply = await demo.api.get(PARTNER_A, '/api/ota/%72eservations');
    if (reply.status === 200) expect(told(reply)).toEqual(ANNOUNCED);
  });

  it('is in the document', async () => {
    const { body } = await demo.api.send<{ paths: Paths }>('/docs-json');
    for (const [path, operations] of Object.entries(body.paths)) {
      const ends = path.startsWith('/api/ota/reserv');
      for (const operation of Object.values(operations)) {
        expect([path, operation.deprecated ?? false]).toEqual([path, ends]);
        if (ends) expect(operation.description).toMatch(/2027-01-31.*https:\/\/tickets\.example\/api/);
      }
    }
  });
});

describe('RESERVATION_API=gone', () => {
  const demo = useDemoService({ RESERVATION_API: 'gone', ...SETTINGS });
  afterEach(() => expectSound(demo.database));

  it('is 410 with its successor, whoever asks whatever, and nothing is done', async () => {
    const before = await state(demo.database);
    const answers = [
      await reserve(demo),
      await reserve(demo, '{'),
      await reserve(demo, {}, 'wrong'),
      await demo.api.get(PARTNER_A, '/api/ota/reservations'),
      await demo.api.get(PARTNER_A, '/api/ota/reservations/res_demo_1'),
      await demo.api.send('/api/ota/reservations/res_demo_1/cancel', {
        method: 'POST',
        headers: { 'x-api-key': PARTNER_A },
      }),
    ];
    for (const reply of answers) {
      expect(expectProblem(reply, 410, 'gone').detail).toContain(SUCCESSOR);
      expect(told(reply)).toEqual(ANNOUNCED);
      expect(reply.headers.get('cache-control')).toBe('no-store');
    }
    expect(await state(demo.database)).toEqual(before);
  });

  it('can’t be got round by writing the path otherwise', async () => {
    const before = await state(demo.database);
    for (const path of [
      '/api/ota/%72eserve',
      '/api/ota/reserve/',
      '/api/ota/reserve;x=1',
      '/api//ota/reserve',
      '/API/OTA/reserve',
    ]) {
      const reply = await demo.api.send(path, {
        method: 'POST',
        headers: { 'x-api-key': PARTNER_A, 'content-type': 'application/json' },
        body: '{"product_id":106,"quantity":1}',
      });
      expect({ path, refused: [404, 410].includes(reply.status), status: reply.status }).toMatchObject({
        path,
        refused: true,
      });
    }
    expect(await state(demo.database)).toEqual(before);
  });

  it('leaves inventory, quotes and health as they are', async () => {
    for (const [status, ask] of others(demo)) {
      const reply = await ask();
      expect([reply.status, told(reply)]).toEqual([status, NOTHING]);
    }
  });
});
