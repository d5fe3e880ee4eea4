import { jsonText, Members, plainText } from './json-text.js';
import type { Operation } from './operations.js';

export type Entry = readonly [name: string, value: unknown];
type Step = string | number;

/** A request in its parts, before it is put into bytes. */
export interface Draft {
  readonly operation: Operation;
  readonly path: readonly Entry[];
  readonly query: readonly Entry[];
  readonly headers: readonly Entry[];
  /** Absent: the request has none. */
  readonly body: unknown;
}

/** A request as it goes over the wire. */
export interface Shot {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Buffer | undefined;
}

/** Where a value stands in a draft. */
export type Place =
  | { readonly in: 'path' | 'query' | 'headers'; readonly index: number }
  | { readonly in: 'body'; readonly at: readonly Step[] };

/** Every place whose value an attacker may choose. */
export function placesOf(draft: Draft): Place[] {
  const named = (['path', 'query', 'headers'] as const).flatMap((part) =>
    draft[part].map((_, index): Place => ({ in: part, index })),
  );
  return draft.body === undefined
    ? named
    : [...named, ...stepsInto(draft.body).map((at): Place => ({ in: 'body', at }))];
}

export function valueAt(draft: Draft, place: Place): unknown {
  if (place.in !== 'body') return draft[place.in][place.index]?.[1];
  return place.at.reduce((value, step) => (value as Record<Step, unknown>)[step], draft.body);
}

/** The same draft with another value at a place. */
export function withValue(draft: Draft, place: Place, value: unknown): Draft {
  if (place.in === 'body') return { ...draft, body: replaced(draft.body, place.at, value) };
  const entries = draft[place.in].map(([name, old], index): Entry => [name, index === place.index ? value : old]);
  return { ...draft, [place.in]: entries };
}

/** The same draft with more members in one of its objects, or more parameters in its query where it has no body. */
export function withMore(draft: Draft, nth: number, more: readonly Entry[]): Draft {
  const objects = placesOf(draft).filter((place) => isObject(place.in === 'body' ? valueAt(draft, place) : undefined));
  const place = objects[nth % objects.length];
  if (!place) return { ...draft, query: [...draft.query, ...more] };
  return withValue(draft, place, new Members([...Object.entries(valueAt(draft, place) as object), ...more]));
}

export function shotOf(draft: Draft): Shot {
  const { method, path } = draft.operation;
  const target = draft.path.reduce(
    (url, [name, value]) => url.replace(`{${name}}`, () => percent(plainText(value))),
    path,
  );
  const query = draft.query.map(([name, value]) => `${percent(name)}=${percent(plainText(value))}`).join('&');
  return {
    method,
    target: query === '' ? target : `${target}?${query}`,
    headers: [
      ...draft.headers.map(([name, value]) => [name, oneLine(plainText(value))] as const),
      ...(draft.body === undefined ? [] : [['Content-Type', 'application/json'] as const]),
    ],
    body: draft.body === undefined ? undefined : jsonText(draft.body),
  };
}

/** Head and body, with the length of the body told unless a header tells it already. */
export function bytesOf({ method, target, headers, body }: Shot): Buffer {
  const content = Buffer.from(body ?? '');
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'Host: localhost',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`Content-Length: ${content.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), content]);
}

/** A byte in a URL. */
const PERCENT = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[\w.~-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`;
});

/** Byte by byte: `encodeURIComponent` gives up on half of a character. */
const percent = (text: string): string => Array.from(Buffer.from(text), (byte) => PERCENT[byte]).join('');

/** A header that ended its line would be another request of the same client, not an attack. */
const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, ' ');

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function stepsInto(value: unknown): Step[][] {
  if (Array.isArray(value)) return [[], ...value.flatMap((item, n) => stepsInto(item).map((rest) => [n, ...rest]))];
  if (!isObject(value)) return [[]];
  return [
    [],
    ...Object.entries(value as object).flatMap(([name, member]) => stepsInto(member).map((rest) => [name, ...rest])),
  ];
}

function replaced(value: unknown, [step, ...rest]: readonly Step[], by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.map((item, n) => (n === step ? replaced(item, rest, by) : item) as unknown);
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [step]: replaced(object[step], rest, by) };
}
