import { fieldsText, listText, money } from '../../src/cli/text.js';
import { textTable } from '../../src/contract/text-table.js';

const COLUMNS = [{ name: 'name' }, { name: 'units', right: true }];

describe('a table', () => {
  it('has words to the left, numbers to the right, and no blanks at the ends of lines', () => {
    const rows = [
      ['ota', '5'],
      ['a longer one', '12345678'],
      ['', ''],
    ];
    expect(textTable(COLUMNS, rows).split('\n')).toEqual([
      'name             units',
      'ota                  5',
      'a longer one  12345678',
      '',
    ]);
  });

  it('sets its head off where it can', () => {
    expect(textTable(COLUMNS, [], (line) => `<${line}>`)).toBe('<name  units>');
  });
});

describe('a list', () => {
  it('says what there is none of, by a dash or a sentence', () => {
    expect(listText(COLUMNS, [['ota', null]], (line) => line, 'none')).toBe('name  units\nota       -');
    expect(listText(COLUMNS, [], (line) => line, 'There is none.')).toBe('There is none.');
  });
});

describe('values of a thing', () => {
  it('stand below each other, money with its currency', () => {
    expect(
      fieldsText([
        ['name', 'Cruise'],
        ['weekday', money(24.5, 'EUR')],
        ['ends', undefined],
      ]),
    ).toBe('name     Cruise\nweekday  24.50 EUR\nends     -');
  });
});
