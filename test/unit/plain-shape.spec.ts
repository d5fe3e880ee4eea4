import { ValidationPipe } from '@nestjs/common';
import { IsInt, IsPositive } from 'class-validator';
import fc from 'fast-check';

import { BodyPipe } from '../../src/http/body.pipe.js';
import { plainShapeOf } from '../../src/http/plain-shape.js';
import {
  ActivateRequest,
  CancelRequest,
  ExtendRequest,
  ReserveRequest,
} from '../../src/reservation/reservation.dto.js';

const MEMBERS = [
  'product_id',
  'quantity',
  'reservation_expires_at',
  'reason',
  'toString',
  'constructor',
  '__proto__',
  'hasOwnProperty',
  'prototype',
  'Quantity',
];

const values = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.maxSafeInteger(),
  fc.string(),
  fc.constantFrom(1, 106, -0, 1e21, '106', true, null, '', [], {}, [1], { valueOf: 1 }),
  fc.jsonValue({ maxDepth: 2 }),
);

const mostly = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: values });

const RIGHT = {
  product_id: mostly(fc.integer()),
  quantity: mostly(fc.maxSafeInteger()),
  reservation_expires_at: mostly(fc.string()),
  reason: mostly(fc.string()),
};
const other = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...MEMBERS), fc.string()), values), { maxLength: 3 });

/** Bodies as JSON.parse gives them, most of them nearly right: a name may come twice, or be one that every object has. */
const bodiesOf = (names: readonly (keyof typeof RIGHT)[]): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      fc.record(Object.fromEntries(names.map((name) => [name, RIGHT[name]])), { requiredKeys: [] }),
      fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: other }),
    )
    .map(([right, more]) => [...Object.entries(right), ...more])
    .map((members) => members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`))
    .map((members) => JSON.parse(`{${members.join(',')}}`) as Record<string, unknown>);

/** What class-validator alone makes of a body: the body, or nothing. */
class OnlyClassValidator extends ValidationPipe {
  constructor() {
    super({ whitelist: true, forbidNonWhitelisted: true });
  }
}

const metadata = (metatype: new () => object) => ({ type: 'body' as const, metatype, data: undefined });

describe.each([
  { dto: ReserveRequest, names: ['product_id', 'quantity', 'reservation_expires_at'] as const },
  { dto: ExtendRequest, names: ['reservation_expires_at'] as const },
  { dto: CancelRequest, names: ['reason'] as const },
])('the plain shape of $dto.name', ({ dto, names }) => {
  const bodies = bodiesOf(names);
  const shape = plainShapeOf(dto);
  const slow = new OnlyClassValidator();

  it('accepts nothing that class-validator would refuse or change', async () => {
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        if (!shape?.(body)) return;
        accepted++;
        expect(await slow.transform(structuredClone(body), metadata(dto))).toEqual(body);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it('misses nothing that class-validator accepts, so that the short cut is taken', async () => {
    const found = fc.sample(bodies, 3_000);
    for (const body of found) {
      // Names that Nest's pipe and class-transformer drop are refused by BodyPipe itself.
      if (shape?.(body) || Object.keys(body).some((name) => name === 'prototype' || name in Object.prototype)) continue;
      await expect(slow.transform(structuredClone(body), metadata(dto))).rejects.toThrow();
    }
  });
});

describe('a DTO with other checks', () => {
  class Positive {
    @IsInt()
    @IsPositive()
    readonly count!: number;
  }
  class Unchecked {
    readonly count!: number;
  }

  it.each([ActivateRequest, Positive, Unchecked])('has no plain shape: %p', (dto) => {
    expect(plainShapeOf(dto)).toBeUndefined();
  });
});

describe('BodyPipe', () => {
  const pipe = new BodyPipe();

  it('words its refusals as before', async () => {
    const bad = { product_id: 1.5, quantity: '5', extra: 1 };
    await expect(pipe.transform(bad, metadata(ReserveRequest))).rejects.toMatchObject({
      code: 'malformed_request',
      facts: {
        errors: expect.arrayContaining([
          { pointer: '/product_id', detail: 'must be a whole number' },
          { pointer: '/quantity', detail: 'must be a whole number' },
          { pointer: '/extra', detail: 'unknown member' },
        ]) as unknown,
      },
    });
  });
});
