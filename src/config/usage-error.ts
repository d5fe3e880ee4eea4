/** What was asked for can't be done as it was asked; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
