import { explain, type Happened } from '../model/explain.js';
import { Model, poolOf } from '../model/model.js';
import type { Request } from '../model/request.js';
import { ANN, asked, at, BOB, held, look, PRODUCT, reserve, soldOut, step, units } from './histories.js';

const model = (): Model => Model.of({ [poolOf(PRODUCT, ANN)]: 3 });

/** A request and its answer; all from the same second on, unless it says otherwise. */
function told(...of: Parameters<typeof asked>): Happened {
  const { request, answer, ...when } = asked(...of);
  return { what: request, ...(answer && { answer }), ...when };
}

const hold = (request: Request, id: string, quantity: number, replayed = false): Happened =>
  told([10, 20], request, 201, { ...held(id, quantity), product_id: PRODUCT, channel_id: 'ota' }, replayed);
const annTakesTwo = hold(reserve(ANN, 2, 'k1'), 'r1', 2);
const bobTakesTwo = hold(reserve(BOB, 2), 'r2', 2);
const bobFindsOne = told([10, 20], reserve(BOB, 2), 409, soldOut(2, 1));

/** The model after these, one after the other. */
function after(...all: readonly Happened[]): Model {
  const end = all.reduce<Model | undefined>((so, one) => so && explain(so, [one]), model());
  if (!end) throw new Error('the model answers otherwise');
  return end;
}

describe('answers to requests sent at once', () => {
  it.each<[string, readonly Happened[]]>([
    ['one of two gets the units', [bobFindsOne, annTakesTwo]],
    ['whoever looks sees them before', [annTakesTwo, told([10, 20], look(), 200, units(3))]],
    ['whoever looks sees them after', [told([10, 20], look(), 200, units(1)), annTakesTwo]],
    ['a repeat gets the first answer', [hold(reserve(ANN, 2, 'k1'), 'r1', 2, true), annTakesTwo]],
  ])('are explained when %s', (_, bunch) => {
    expect(explain(model(), bunch)?.pools.get(poolOf(PRODUCT, ANN))).toEqual({ free: 1, reserved: 2, sold: 0 });
  });

  it.each<[string, readonly Happened[]]>([
    ['both get the last units', [annTakesTwo, bobTakesTwo]],
    ['neither does', [bobFindsOne, told([10, 20], reserve(ANN, 2), 409, soldOut(2, 1))]],
    ['one looks and sees what nobody left', [annTakesTwo, told([10, 20], look(), 200, units(2))]],
    ['one looks later and sees what was before', [annTakesTwo, told([21, 22], look(), 200, units(3))]],
    ['a repeat is done again', [annTakesTwo, hold(reserve(ANN, 1, 'k1'), 'r2', 1)]],
    ['a repeat gets another answer', [annTakesTwo, hold(reserve(ANN, 2, 'k1'), 'r9', 2, true)]],
    ['the first of its name is a replay', [hold(reserve(ANN, 2, 'k1'), 'r1', 2, true)]],
  ])('are not when %s', (_, bunch) => {
    expect(explain(model(), bunch)).toBeUndefined();
  });
});

describe('the model', () => {
  const sellOne = told([30, 40], step('activate', ANN, 'r1', 1), 200, {
    ...{ reservation_id: 'r1', status: 'activated', quantity: 1, product_id: PRODUCT },
    ...{ quantity_held: 2, extensions: 0, expires_at: new Date(at(500)).toISOString() },
  });
  const lapse: Happened = { what: { kind: 'lapse', reservationId: 'r1' }, startedAt: at(30), endedAt: at(40) };

  it('gives back what a sale leaves of its hold', () => {
    expect(after(annTakesTwo, sellOne).pools.get(poolOf(PRODUCT, ANN))).toEqual({ free: 2, reserved: 0, sold: 1 });
  });

  it('has the units of a lapsed hold free, and no sale for it', () => {
    const end = after(annTakesTwo, lapse);
    expect(end.expects(look())).toMatchObject({ body: units(3) });
    expect(end.expects(step('activate', ANN, 'r1'))).toMatchObject({
      status: 409,
      body: { reservation_status: 'expired' },
    });
  });

  it('gives the first answer again whatever has become of the hold', () => {
    const end = after(annTakesTwo, lapse);
    expect(end.expects(reserve(ANN, 2, 'k1'))).toMatchObject({ status: 201, replayed: true });
    expect(end.expects(reserve(ANN, 1, 'k1'))).toMatchObject({ status: 422 });
    expect(end.expects(reserve(BOB, 2, 'k1'))).toMatchObject({ status: 201, replayed: false });
  });

  it("knows nothing of another partner's reservation", () => {
    expect(after(annTakesTwo).expects(step('cancel', BOB, 'r1'))).toEqual(model().expects(step('cancel', BOB, 'nope')));
  });

  it('tells a finished step repeated from another one', () => {
    const end = after(annTakesTwo, sellOne);
    expect(end.expects(step('activate', ANN, 'r1', 1))).toMatchObject({ status: 200, replayed: true });
    expect(end.expects(step('activate', ANN, 'r1', 2))).toMatchObject({ status: 409, body: { code: 'step_differs' } });
  });
});
