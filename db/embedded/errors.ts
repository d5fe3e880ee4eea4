/** What went wrong, for callers that act on it; the message is for people. */
export type EmbeddedMysqlFault =
  | 'mysqld_refused'
  | 'no_binary'
  | 'fetch_failed'
  | 'folder_held'
  | 'folder_unusable'
  | 'port_in_use'
  | 'data_too_new'
  | 'start_failed';

/** Any failure of the embedded server; `message` says what to do about it. */
export class EmbeddedMysqlError extends Error {
  constructor(
    readonly fault: EmbeddedMysqlFault,
    message: string,
  ) {
    super(message);
    this.name = 'EmbeddedMysqlError';
  }
}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** The `code` of a system or MySQL error (`ENOENT`, `ER_…`), if it has one. */
export const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
