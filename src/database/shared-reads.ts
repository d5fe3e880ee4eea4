import DataLoader from 'dataloader';

/**
 * Reads what requests ask for at the same time together. One reading runs at a time; what is asked for meanwhile goes into
 * the next, so that nobody is told what was so before he asked, and a busy instance sends few statements for many
 * requests. Nothing is kept.
 *
 * @param read values of these keys, each named once
 */
export function sharedReads<K, V>(
  read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
): {
  load(key: K): Promise<V | undefined>;
} {
  let running: Promise<unknown> = Promise.resolve();
  return new DataLoader<K, V | undefined>(
    async (keys) => {
      const reading = read([...new Set(keys)]);
      running = reading.catch(() => undefined);
      const found = await reading;
      return keys.map((key) => found.get(key));
    },
    { cache: false, batchScheduleFn: (dispatch) => void running.then(() => setImmediate(dispatch)) },
  );
}
