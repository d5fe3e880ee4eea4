/** For every change: what ledger and log say beside who made it. */
export const REASON = ['--reason <text>', 'why, for those who read the log'] as const;

export const reasonOf = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason });

/** What was given of an object of options: a change leaves out what it doesn't change. */
export const given = <T extends object>(values: T): Given<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<T>;

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };
