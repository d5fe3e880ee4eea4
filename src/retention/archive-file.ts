import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { UsageError } from '../config/usage-error.js';

const compress = promisify(gzip);

/**
 * A table's rows of one run. Each batch is a gzip member of its own, which gzip's readers join: what a kill cuts off is the
 * last batch, whose rows were not deleted then.
 */
export class ArchiveFile {
  readonly path: string;
  private handle: FileHandle | undefined;

  constructor(
    private readonly folder: string,
    table: string,
    startedAt: Date,
  ) {
    // No colons: tar and other systems give them a meaning.
    this.path = join(folder, `${table}-${startedAt.toISOString().replaceAll(':', '')}.ndjson.gz`);
  }

  /** Returns once the lines are on the disk; made at the first, and never over another file. */
  async append(lines: readonly string[]): Promise<void> {
    this.handle ??= await this.create();
    await this.handle.appendFile(await compress(`${lines.join('\n')}\n`));
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }

  private async create(): Promise<FileHandle> {
    const handle = await open(this.path, 'ax', 0o600);
    // A new name is on the disk only once its folder is.
    const folder = await open(this.folder, 'r');
    await folder.sync();
    await folder.close();
    return handle;
  }
}

/**
 * A folder that isn't there is not made: it may be the place of a disk that isn't mounted.
 *
 * @throws UsageError
 */
export async function checkFolder(folder: string): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`--to: there is no folder ${folder}. Make it first: mkdir -m 700 ${folder}`);
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new UsageError(`--to: this user may not write into ${folder}`, { cause });
  });
}
