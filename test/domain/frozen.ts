/** The same value, after which any write to it, or to a part of it, throws. Maps are copied. */
export function deepFrozen<T>(value: T): T {
  if (value instanceof Map) {
    const entries = [...(value as Map<unknown, unknown>)].map(([key, item]) => [key, deepFrozen(item)] as const);
    return Object.freeze(new FrozenMap(entries)) as T;
  }
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item: unknown) => deepFrozen(item))) as T;
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([name, part]) => [name, deepFrozen(part)]))) as T;
}

class FrozenMap<K, V> extends Map<K, V> {
  constructor(entries: readonly (readonly [K, V])[]) {
    super();
    for (const [key, value] of entries) super.set(key, value);
  }

  override set(): this {
    throw new TypeError('this map is frozen');
  }

  override delete(): boolean {
    throw new TypeError('this map is frozen');
  }

  override clear(): void {
    throw new TypeError('this map is frozen');
  }
}
