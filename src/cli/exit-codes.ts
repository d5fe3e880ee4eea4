/** What a script may act on; docs/cli.md has them too. */
export const EXIT = {
  done: 0,
  /** The service said no, and nothing was changed; or counters are off. */
  refused: 1,
  /** The command line or a setting is wrong; nothing was done. */
  usage: 2,
  /** The database or this program: nothing is known to be wrong with what was asked. */
  trouble: 3,
} as const;
