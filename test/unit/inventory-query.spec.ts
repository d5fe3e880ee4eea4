import { DomainError } from '../../src/domain/errors.js';
import { parseInventoryQuery } from '../../src/inventory/inventory.query.js';

function refusalOf(query: Record<string, unknown>): DomainError {
  try {
    parseInventoryQuery(query);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

describe('the inventory query', () => {
  it('asks for all products and all dates when it is empty', () => {
    expect(parseInventoryQuery({})).toEqual({ productIds: undefined, dateRange: undefined });
  });

  it('refuses parameters that it does not know, naming them', () => {
    expect(refusalOf({ product_ids: '106', product_id: '106', page: '2' })).toMatchObject({
      code: 'malformed_request',
      message: expect.stringContaining('product_id, page'),
      facts: { errors: [{ parameter: 'product_id' }, { parameter: 'page' }] },
    });
  });
});

describe('product_ids', () => {
  it.each<[unknown, number[]]>([
    ['106', [106]],
    ['106,107,108', [106, 107, 108]],
    ['[106,107,108]', [106, 107, 108]],
    ['[ 106, 107 ]', [106, 107]],
    [' 106 ,107 ', [106, 107]],
    ['108,106,108,106', [108, 106]],
    [
      ['106', '107'],
      [106, 107],
    ],
    [
      ['106,107', '108'],
      [106, 107, 108],
    ],
    ['2147483647', [2_147_483_647]],
    [upTo(200).join(','), upTo(200)],
    [[...upTo(200), 1].join(','), upTo(200)],
  ])('%j is read', (text, ids) => {
    expect(parseInventoryQuery({ product_ids: text }).productIds).toEqual(ids);
  });

  it.each<[unknown, string[]]>([
    ['', ['an id is missing']],
    ['[]', ['an id is missing']],
    ['106,', ['an id is missing']],
    ['106,,107', ['an id is missing']],
    ['abc', ['abc is not a product id']],
    ['106,x,-1', ['x is not a product id', '-1 is not a product id']],
    ['0', ['0 is not a product id']],
    ['1.5', ['1.5 is not a product id']],
    ['1e2', ['1e2 is not a product id']],
    ['+106', ['+106 is not a product id']],
    ['106 107', ['106 107 is not a product id']],
    ['106;107', ['106;107 is not a product id']],
    ['[106', ['[106 is not a product id']],
    ['[[106]]', ['[106] is not a product id']],
    ['"106"', ['"106" is not a product id']],
    ['١٠٦', ['١٠٦ is not a product id']],
    ['2147483648', ['2147483648 is not a product id']],
    ['99999999999999999999', ['99999999999999999999 is not a product id']],
    ['x'.repeat(60), [`${'x'.repeat(40)} is not a product id`]],
    [upTo(201).join(','), ['201 ids']],
  ])('%j is refused, naming what is wrong', (text, details) => {
    expect(refusalOf({ product_ids: text })).toMatchObject({
      code: 'invalid_product_ids',
      facts: { errors: details.map((detail) => ({ parameter: 'product_ids', detail })) },
    });
  });
});

describe('date_range', () => {
  it.each([
    ['2025-11-15,2025-12-15', '2025-11-15', '2025-12-15'],
    [' 2025-11-15 , 2025-12-15 ', '2025-11-15', '2025-12-15'],
    ['2025-12-31,2025-12-31', '2025-12-31', '2025-12-31'],
    ['2028-02-29,2028-03-01', '2028-02-29', '2028-03-01'],
    ['2028-01-01,2028-12-31', '2028-01-01', '2028-12-31'],
  ])('%j is read', (text, from, to) => {
    expect(parseInventoryQuery({ date_range: text }).dateRange).toEqual({ from, to });
  });

  it.each([
    ['', /takes two dates/],
    ['2025-11-15', /takes two dates/],
    ['2025-11-15,', /takes two dates/],
    ['2025-11-15,2025-12-15,2025-12-16', /takes two dates/],
    ['2025-11-15/2025-12-15', /takes two dates/],
    ['2025-11-15T00:00:00Z,2025-12-15', /takes two dates/],
    ['2025-02-29,2025-03-01', /takes two dates/],
    ['2025-11-15,tomorrow', /takes two dates/],
    ['2025-12-15,2025-11-15', /ends \(2025-11-15\) before it begins \(2025-12-15\)/],
    ['2028-01-01,2029-01-01', /spans at most 366 days/],
  ])('%j is refused', (text, detail) => {
    expect(refusalOf({ date_range: text })).toMatchObject({
      code: 'invalid_date_range',
      message: expect.stringMatching(detail),
      facts: { errors: [{ parameter: 'date_range' }] },
    });
  });
});
