import { csvLine } from '../../src/desk/csv.js';

describe('a line of CSV', () => {
  it.each([
    ['numbers and words as they are', [1, 'ota', 0], '1,ota,0'],
    ['nothing for what is absent, and for an empty text', [undefined, '', undefined], ',,'],
    [
      'quotes around a comma, a quote and the ends of lines',
      ['a,b', 'say "x"', 'c\nd', 'e\rf'],
      '"a,b","say ""x""","c\nd","e\rf"',
    ],
    [
      'an apostrophe before what begins like a formula',
      ['=1+1', '+1', '-1', '@SUM(A1)', '\tx'],
      "'=1+1,'+1,'-1,'@SUM(A1),'\tx",
    ],
    [
      'both, where both are needed',
      ['=HYPERLINK("http://x","y")', '\r=1'],
      `"'=HYPERLINK(""http://x"",""y"")","'\r=1"`,
    ],
    ['an apostrophe before full-width signs', ['＝1', '＋1', '－1', '＠x'], "'＝1,'＋1,'－1,'＠x"],
    ['negative numbers as numbers', [-1], '-1'],
    ['what has such a sign further on as it is', ['a=b', 'key:1'], 'a=b,key:1'],
  ])('has %s', (_, fields, line) => {
    expect(csvLine(fields)).toBe(`${line}\r\n`);
  });
});
