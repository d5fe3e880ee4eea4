import DataLoader from 'dataloader';

/**
 * Reads what requests ask for at the same time together. One reading runs at a time; what is asked for meanwhile goes into
 * the next, so that nobody is told what was so before he asked, and a busy instance sends few statements for many
 * requests. Nothing is kept.
 *
 * @param read all that was asked for; each who asked is given the whole of it
 */
export function sharedReads<A, R>(read: (asked: readonly A[]) => Promise<R>): (ask: A) => Promise<R> {
  let running: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<A, R>(
    async (asked) => {
      const reading = read(asked);
      running = reading.catch(() => undefined);
      const found = await reading;
      return asked.map(() => found);
    },
    { cache: false, batchScheduleFn: (dispatch) => void running.then(() => setImmediate(dispatch)) },
  );
  return (ask) => loader.load(ask);
}
