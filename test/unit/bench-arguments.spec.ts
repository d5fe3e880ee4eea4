import { ArgumentError, parseArguments } from '../../bench/arguments.js';

describe("the bench's arguments", () => {
  it('have defaults: all scenarios, three rounds, five million rows', () => {
    expect(parseArguments([])).toEqual({
      quick: false,
      long: false,
      tuneBaseline: false,
      help: false,
      only: undefined,
      rounds: 3,
      seconds: 2,
      warmUpSeconds: 3,
      rows: 5_000_000,
    });
  });

  it('measure for a shorter time with --quick, unless told how long', () => {
    expect(parseArguments(['--quick'])).toMatchObject({ quick: true, rounds: 3, seconds: 1, warmUpSeconds: 1 });
    expect(parseArguments(['--quick', '--seconds', '7'])).toMatchObject({ quick: true, seconds: 7, warmUpSeconds: 1 });
  });

  it('are all read', () => {
    const args = '--only large --rounds 5 --seconds=10 --rows 200000 --long --tune-baseline --help'.split(' ');
    expect(parseArguments(args)).toMatchObject({
      only: 'large',
      rounds: 5,
      seconds: 10,
      rows: 200_000,
      long: true,
      tuneBaseline: true,
      help: true,
    });
  });

  it.each([
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 20, not 0'],
    [['--rounds', '21'], 'not 21'],
    [['--seconds', '1.5'], '--seconds takes a whole number from 1 to 60, not 1.5'],
    [['--seconds', '1e1'], 'not 1e1'],
    [['--rows', 'many'], '--rows takes a whole number from 1000 to 20000000, not many'],
    [['--rows', ''], '--rows takes'],
    [['--rounds'], '--rounds'],
    [['--fast'], '--fast'],
    [['--quick=yes'], '--quick'],
    [['quick'], 'quick'],
  ])('refuse %j in a sentence', (args, sentence) => {
    expect(() => parseArguments(args)).toThrow(ArgumentError);
    expect(() => parseArguments(args)).toThrow(sentence);
  });
});
