import fc from 'fast-check';

import type { Draft, Entry } from './draft.js';
import type { Operation, Parameter, Schema } from './operations.js';

/** Values that mean something to this service, by the name of the parameter or member that takes them. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

/** Requests that the document allows, but for the key. */
export function validDrafts(operation: Operation, known: Known): fc.Arbitrary<Draft> {
  const inPart = (part: Parameter['in']): fc.Arbitrary<Entry[]> =>
    entriesOf(
      operation.parameters.filter((parameter) => parameter.in === part),
      known,
    );
  return fc.record({
    operation: fc.constant(operation),
    path: inPart('path'),
    query: inPart('query'),
    headers: inPart('header'),
    body: operation.body ? validValues('', operation.body, known) : fc.constant(undefined),
  });
}

function entriesOf(parameters: readonly Parameter[], known: Known): fc.Arbitrary<Entry[]> {
  const each = parameters.map(({ name, required, schema }) => {
    const entry = validValues(name, schema, known).map((value): Entry[] => [[name, value]]);
    return required ? entry : fc.oneof({ weight: 3, arbitrary: entry }, { weight: 1, arbitrary: fc.constant([]) });
  });
  return fc.tuple(...each).map((entries) => entries.flat());
}

const ANY_LENGTH_MAX = 40;

/** Values of a schema; of lists and objects by their parts, else the known ones first. */
function validValues(name: string, schema: Schema, known: Known): fc.Arbitrary<unknown> {
  const { type, properties = {}, required = [], items = {}, minimum = 1, maximum = minimum + 4 } = schema;
  if (type === 'object') {
    const members = Object.entries(properties).map(([member, of]) => [member, validValues(member, of, known)] as const);
    return fc.record(Object.fromEntries(members), { requiredKeys: [...required], noNullPrototype: true });
  }
  if (type === 'array') return fc.array(validValues(name, items, known), { minLength: 1, maxLength: 2 });
  const values = known[name] ?? schema.enum;
  if (values) return fc.constantFrom(...values);
  if (type === 'integer') return fc.integer({ min: minimum, max: maximum });
  if (type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true });
  if (type === 'boolean') return fc.boolean();
  return fc.stringMatching(/^[\w-]+$/, { maxLength: Math.min(schema.maxLength ?? ANY_LENGTH_MAX, ANY_LENGTH_MAX) });
}
