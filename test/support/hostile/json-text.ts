/** JSON text that goes out as it is: what no JavaScript value can say. */
export class Verbatim {
  constructor(readonly text: string) {}
}

/** An object whose names may come twice, or be `__proto__`. */
export class Members {
  constructor(readonly entries: readonly (readonly [name: string, value: unknown])[]) {}
}

/** A value as JSON text. */
export function jsonText(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  if (value instanceof Members) {
    return `{${value.entries.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (typeof value === 'object' && value !== null) return jsonText(new Members(Object.entries(value)));
  return value === undefined ? 'null' : JSON.stringify(value);
}

/** A value where only text can stand: in a URL or a header. */
export const plainText = (value: unknown): string => (typeof value === 'string' ? value : jsonText(value));
