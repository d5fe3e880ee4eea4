import fc from 'fast-check';

/** Rows of product_inventory as somebody might write them, and whether they keep the invariant, said apart from the guards. */

const UNSIGNED_MAX = 4_294_967_295;
/** No double: MySQL takes no JSON that has it. */
const TOO_LARGE = '1e400';

/** JSON as it is written, so that a member may come twice and a number be spelt in any way. */
export type Json = { readonly text: string } | { readonly members: readonly (readonly [name: string, value: Json])[] };

export const textOf = (json: Json): string =>
  'text' in json
    ? json.text
    : `{${json.members.map(([name, value]) => `${JSON.stringify(name)}: ${textOf(value)}`).join(', ')}}`;

/** Of members that come twice MySQL keeps the last, as JavaScript does. */
export const membersOf = (json: Json): ReadonlyMap<string, Json> | undefined =>
  'members' in json ? new Map(json.members) : undefined;

const unitsOf = (json: Json | undefined): number | undefined => {
  if (json === undefined) return 0;
  if (!('text' in json) || !/^(0|[1-9]\d{0,9})$/.test(json.text)) return undefined;
  const units = Number(json.text);
  return units <= UNSIGNED_MAX ? units : undefined;
};

/** The oracle: whether a row keeps the invariant. */
export function isSound(cap: number, allocations: Json): boolean {
  const channels = membersOf(allocations);
  // The text can't be read then, even where a later member of that name takes its place.
  if (!channels || textOf(allocations).includes(TOO_LARGE)) return false;
  let sum = 0;
  for (const [name, share] of channels) {
    const members = membersOf(share);
    if (!/^[a-z0-9_-]{1,20}$/.test(name) || name.endsWith('\n') || !members) return false;
    if ([...members.keys()].some((member) => !['allocated', 'reserved', 'sold'].includes(member))) return false;
    const [allocated, reserved, sold] = ['allocated', 'reserved', 'sold'].map((member) => unitsOf(members.get(member)));
    if (allocated === undefined || reserved === undefined || sold === undefined) return false;
    if (reserved + sold > allocated) return false;
    sum += allocated;
  }
  return sum === cap;
}

const units = fc.integer({ min: 0, max: 6 });
const odd = fc.constantFrom(
  ...[
    '-1',
    '-0',
    '1.5',
    '5.0',
    '5e0',
    TOO_LARGE,
    '0.4',
    '"5"',
    'null',
    'true',
    '[5]',
    '{}',
    '""',
    '-9223372036854775808',
  ],
  ...[
    '4294967295',
    '4294967296',
    '9223372036854775807',
    '18446744073709551615',
    '18446744073709551616',
    '99999999999999999999',
  ],
);
export const number = fc
  .oneof({ weight: 2, arbitrary: units.map(String) }, { weight: 1, arbitrary: odd })
  .map((text): Json => ({ text }));
const memberName = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom('allocated', 'reserved', 'sold') },
  { weight: 1, arbitrary: fc.constantFrom('Reserved', 'reservd', 'sold ', '', 'note', '$', '__proto__') },
);
const channelName = fc.oneof(
  { weight: 30, arbitrary: fc.constantFrom('direct', 'ota', 'web', 'a-b_9', 'aaaaaaaaaaaaaaaaaaaa') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('OTA', '', 'o ta', 'o.ta', 'ota\n', 'aaaaaaaaaaaaaaaaaaaaa', 'ötä', '*', '"'),
  },
);
const scalar = fc.constantFrom('5', 'null', 'true', '"x"', '[]', '[{"allocated": 5}]').map((text): Json => ({ text }));
const objectOf = (name: fc.Arbitrary<string>, value: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.array(fc.tuple(name, value), { maxLength: 4 }).map((members): Json => ({ members }));
type Members = readonly (readonly [string, Json])[];

/** A share that fits. */
const fitting = fc.tuple(units, units, units).map(([free, reserved, sold]): Members => [
  ['allocated', { text: String(free + reserved + sold) }],
  ['reserved', { text: String(reserved) }],
  ['sold', { text: String(sold) }],
]);

/** What may be wrong with one member of it. */
const flaw: fc.Arbitrary<(member: Members[number]) => Members> = fc.oneof(
  fc.constant(() => []),
  number.map((value) => ([name]: Members[number]) => [[name, value] as const]),
  number.map((value) => (member: Members[number]) => [member, [member[0], value] as const]),
  memberName.map((name) => ([, value]: Members[number]) => [[name, value] as const]),
  fc.tuple(memberName, number).map((extra) => (member: Members[number]) => [member, extra]),
);

const share = fc.oneof(
  { weight: 6, arbitrary: fitting.map((members): Json => ({ members })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fitting, fc.nat(2), flaw)
      .map(([members, at, spoil]): Json => ({ members: members.flatMap((one, n) => (n === at ? spoil(one) : [one])) })),
  },
  { weight: 1, arbitrary: scalar },
);
const allocations = fc.oneof({ weight: 20, arbitrary: objectOf(channelName, share) }, { weight: 1, arbitrary: scalar });

/** The cap that fits, where there is one, and one that does not. */
export const row = fc.tuple(allocations, fc.constantFrom(0, 0, 0, 1, -1)).map(([json, off]) => {
  const sum = [...(membersOf(json)?.values() ?? [])].reduce(
    (all, one) => all + (unitsOf(membersOf(one)?.get('allocated')) ?? 0),
    0,
  );
  return { json, cap: Math.min(Math.max(0, sum + off), UNSIGNED_MAX) };
});
