import fc from 'fast-check';

import {
  type Draft,
  type Entry,
  type Place,
  placesOf,
  type Shot,
  shotOf,
  valueAt,
  withMore,
  withValue,
} from './draft.js';
import { jsonText, Verbatim } from './json-text.js';
import type { Operation } from './operations.js';
import {
  CONTROL,
  datesAround,
  DEPTHS,
  LENGTHS,
  LIST_LENGTHS,
  NUMBERS,
  PROTOTYPE_NAMES,
  PROTOTYPE_VALUES,
  SQL,
  UNICODE,
  WRONG_TYPES,
} from './payloads.js';
import { type Known, validDrafts } from './valid.js';

/** Who attacks, and with what. */
export interface Attacker {
  readonly known: Known;
  readonly key: string;
  /** Keys that open nothing. */
  readonly badKeys: readonly string[];
  /** Reservations and partners of others. */
  readonly foreign: readonly string[];
  /** The time from which edges of dates are counted, in ms. */
  readonly now: number;
}

export type Attack = (operation: Operation, attacker: Attacker) => fc.Arbitrary<Shot>;

/** Attacks on the values of a request that is otherwise fine, sent with the attacker's own good key. */
export const VALUE_ATTACKS = {
  none: attack((drafts) => drafts),
  'wrong type': attack((drafts) => oneValue(drafts, fc.constantFrom(...WRONG_TYPES))),
  missing: attack((drafts) => fc.tuple(drafts, fc.nat()).map(([draft, nth]) => without(draft, nth))),
  unknown: attack((drafts) => more(drafts, fc.tuple(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 2 })))),
  huge: attack((drafts) => fc.oneof(oneValue(drafts, hugeValues), many(drafts))),
  deep: attack((drafts) => oneValue(drafts, deepValues)),
  unicode: attack((drafts) => values(drafts, fc.oneof(fc.constantFrom(...UNICODE), fc.string({ unit: 'binary' })))),
  control: attack((drafts) => values(drafts, fc.constantFrom(...CONTROL))),
  prototype: attack((drafts) =>
    fc.oneof(
      more(drafts, fc.tuple(fc.constantFrom(...PROTOTYPE_NAMES), fc.constantFrom(...PROTOTYPE_VALUES))),
      oneValue(drafts, fc.constantFrom(...PROTOTYPE_NAMES, ...PROTOTYPE_VALUES)),
    ),
  ),
  twice: attack((drafts) =>
    fc.tuple(drafts, fc.nat(), fc.jsonValue({ maxDepth: 1 })).map(([draft, nth, value]) => twice(draft, nth, value)),
  ),
  SQL: attack((drafts) => values(drafts, fc.constantFrom(...SQL))),
  foreign: attack((drafts, { foreign }) => values(drafts, fc.constantFrom(...foreign))),
  number: attack((drafts) => values(drafts, fc.constantFrom(...NUMBERS))),
  date: attack((drafts, { now }) => values(drafts, fc.constantFrom(...datesAround(now)))),
} as const satisfies Record<string, Attack>;

type Drafts = fc.Arbitrary<Draft>;

function attack(change: (drafts: Drafts, attacker: Attacker) => Drafts): Attack {
  return (operation, attacker) =>
    change(validDrafts(operation, attacker.known).map(withoutEmptyHands), attacker)
      .map(shotOf)
      .map((shot) => ({ ...shot, headers: [['X-API-Key', attacker.key], ...shot.headers] }));
}

/** A request that has no value at all gets one that anybody may send. */
const withoutEmptyHands = (draft: Draft): Draft =>
  placesOf(draft).length > 0 ? draft : { ...draft, headers: [['X-Request-Id', 'x']] };

/** One value of a request, of those in its path and body rather than of those in its headers. */
const oneValue = (drafts: Drafts, by: fc.Arbitrary<unknown>): Drafts =>
  fc.tuple(drafts, fc.nat(), by).map(([draft, nth, value]) => {
    const place = nthOf(placesOf(draft), nth);
    return place ? withValue(draft, place, value) : draft;
  });

/** One value, or each that is a text, or all but lists and objects. */
const values = (drafts: Drafts, by: fc.Arbitrary<unknown>): Drafts =>
  fc.oneof(
    oneValue(drafts, by),
    fc.tuple(drafts, by).map(([draft, value]) => everywhere(draft, value, (old) => typeof old === 'string')),
    fc.tuple(drafts, by).map(([draft, value]) => everywhere(draft, value, (old) => typeof old !== 'object')),
  );

const everywhere = (draft: Draft, value: unknown, isMeant: (old: unknown) => boolean): Draft =>
  placesOf(draft)
    .filter((place) => isMeant(valueAt(draft, place)))
    .reduce((changed, place) => withValue(changed, place, value), draft);

const more = (drafts: Drafts, entry: fc.Arbitrary<Entry>): Drafts =>
  fc
    .tuple(drafts, fc.nat(), fc.array(entry, { minLength: 1, maxLength: 3 }))
    .map(([draft, nth, entries]) => withMore(draft, nth, entries));

/** So many parameters, members or entries that each would be fine. */
const many = (drafts: Drafts): Drafts =>
  fc.tuple(drafts, fc.nat(), fc.constantFrom(...LIST_LENGTHS)).map(([draft, nth, length]) => {
    const entries = Array.from({ length }, (_, n): Entry => [`m${n}`, n]);
    return withMore(draft, nth, entries);
  });

const hugeValues: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .tuple(fc.constantFrom('x', '1', ' ', '海', ',', '106,', "'", '\\'), fc.constantFrom(...LENGTHS))
    .map(([text, length]) => text.repeat(length / text.length)),
  fc
    .tuple(
      fc.constantFrom<unknown>(106, '106', {}, [], { customer_type: 'adult', quantity: 1 }),
      fc.constantFrom(...LIST_LENGTHS),
    )
    .map(([item, length]) => Array.from({ length }, () => item)),
);

const deepValues = fc
  .tuple(
    fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"guests":', '}]'], ['{"__proto__":', '}']),
    fc.constantFrom(...DEPTHS),
    fc.boolean(),
  )
  .map(
    ([[open = '', close = ''], depth, ended]) =>
      new Verbatim(`${open.repeat(depth)}1${ended ? close.repeat(depth) : ''}`),
  );

/** Without a member or parameter that may be needed, or without a body. */
function without(draft: Draft, nth: number): Draft {
  const names = typeof draft.body === 'object' && draft.body !== null ? Object.keys(draft.body) : [];
  const gone = nthOf([...draft.query.map(([name]) => name), ...names, 'the body'], nth);
  if (gone === 'the body') return { ...draft, body: undefined };
  const rest = Object.entries(draft.body ?? {}).filter(([name]) => name !== gone);
  return {
    ...draft,
    query: draft.query.filter(([name]) => name !== gone),
    body: draft.body === undefined ? undefined : Object.fromEntries(rest),
  };
}

/** A member or parameter that comes again, with another value or the same. */
function twice(draft: Draft, nth: number, value: unknown): Draft {
  const members = typeof draft.body === 'object' && draft.body !== null ? Object.entries(draft.body) : [];
  const again = nthOf<Entry>(draft.body === undefined ? draft.query : members, nth);
  return withMore(
    draft,
    0,
    again
      ? [[again[0], nth % 2 === 0 ? again[1] : value]]
      : [
          ['q', 1],
          ['q', jsonText(value)],
        ],
  );
}

const nthOf = <T = Place>(list: readonly T[], nth: number): T | undefined => list[nth % list.length];
