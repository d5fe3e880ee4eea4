import { setTimeout as sleep } from 'node:timers/promises';

import { UsageError } from '../config/usage-error.js';
import { primaryCheck } from '../database/group-member.js';
import type { OldRow, OldRows, WalkTerms } from '../database/old-rows.js';
import { rowAsJson } from '../database/old-rows.js';
import { createLanesPool } from '../database/pools.js';
import type { Read } from '../database/transaction.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { oldMovements } from '../events/movement.retention.js';
import { Metrics } from '../observability/metrics.js';
import { oldAnswers } from '../reservation/idempotency.retention.js';
import { oldReservations } from '../reservation/reservation.retention.js';
import { ArchiveFile, checkFolder } from './archive-file.js';
import type { ArchiveOptions } from './archive-options.js';
import { ArchiveSession, explained } from './archive-session.js';

const TABLES: readonly OldRows[] = [oldAnswers, oldReservations, oldMovements];

const PROGRESS_EVERY_MS = 2_000;

type Say = (line: string) => void;

/** What became of one table. */
export interface Archived {
  readonly table: string;
  /** Rows in the file; of a dry run, those that would be. */
  readonly rows: number;
  /** Of them, rows that changed in the moment between and stay in the database too. */
  readonly stayed: number;
  readonly file: string | undefined;
}

/**
 * Takes what is old and over out of the database, batch by batch: into the file first, then out of the table. It may be
 * killed at any moment; the next run goes on.
 *
 * @param say is told a line at a time
 * @throws UsageError: nothing was done; ArchiveError, DatabaseError: what stopped it
 */
export async function archive(url: string, options: ArchiveOptions, say: Say): Promise<Archived[]> {
  const { to, dryRun, olderThanDays, batchMax } = options;
  if (to !== undefined) await checkFolder(to);
  const session = await ArchiveSession.open(url);
  const pool = createLanesPool(url, 1);
  try {
    for (const { table } of TABLES) await session.checkRights(table, dryRun);
    const { cutoff, startedAt } = await session.times(olderThanDays);
    await refuseTooYoung(session, olderThanDays);
    say(`${dryRun ? 'dry run: counting' : 'archiving'} what was over before ${cutoff} UTC`);
    const archived: Archived[] = [];
    for (const source of TABLES) {
      const terms = { cutoff, batchMax, line: await session.read(rowAsJson(source.table)) };
      const file = to === undefined || dryRun ? undefined : new ArchiveFile(to, source.table, startedAt);
      archived.push(
        await archiveTable(
          { source, terms, file, session, unitOfWork: new UnitOfWork(pool, primaryCheck(url), new Metrics()) },
          options,
          say,
        ),
      );
    }
    return archived;
  } catch (error) {
    throw explained(error);
  } finally {
    await session.close();
    await pool.end();
  }
}

interface TableWork {
  readonly source: OldRows;
  readonly terms: WalkTerms;
  /** Absent: rows are only counted. */
  readonly file: ArchiveFile | undefined;
  readonly session: ArchiveSession;
  readonly unitOfWork: UnitOfWork;
}

async function archiveTable(work: TableWork, { pauseMs }: ArchiveOptions, say: Say): Promise<Archived> {
  const { source, terms, file, session } = work;
  const read: Read = (query) => session.read(query);
  let rows = 0;
  let stayed = 0;
  let said = performance.now();
  try {
    for await (const batch of source.walk(read, terms)) {
      if (file) {
        await file.append(batch.map(({ line }) => line));
        stayed += batch.length - (await remove(work, batch));
        await sleep(pauseMs);
      }
      rows += batch.length;
      if (performance.now() - said > PROGRESS_EVERY_MS) {
        said = performance.now();
        say(`${source.table}: ${rows} rows so far`);
      }
    }
  } finally {
    await file?.close();
  }
  return { table: source.table, rows, stayed, file: rows > 0 ? file?.path : undefined };
}

/** One short transaction; what is no longer over when it holds the locks stays. @returns the number of rows removed */
function remove({ source, terms, unitOfWork }: TableWork, batch: readonly OldRow[]): Promise<number> {
  const over = source.lockOver(batch, terms.cutoff);
  return unitOfWork.run({
    async work(tx) {
      const [keys] = await tx.read(over);
      if (keys.length > 0) source.remove(tx, keys);
      return keys.length;
    },
    async tookPlace(tx) {
      const [keys] = await tx.read(over);
      return keys.length === 0;
    },
  });
}

/** A hold may still be there whose answer would be gone: a repeated request would make a second one. */
async function refuseTooYoung(session: ArchiveSession, olderThanDays: number): Promise<void> {
  const days = await session.longestHoldDays();
  if (olderThanDays < days) {
    throw new UsageError(
      `--older-than-days: a partner may hold units for ${days} days, and its kept answers are needed as long: give ${days} or more`,
    );
  }
}
