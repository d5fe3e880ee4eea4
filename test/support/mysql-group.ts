import { randomBytes, randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createConnection, type RowDataPacket } from 'mysql2/promise';

import { credentialsOf, openDataFolder } from '../../db/embedded/data-folder.js';
import { freePort } from '../../db/embedded/launch.js';
import { type EmbeddedMysql, startEmbeddedMysql } from '../../db/embedded/mysql-server.js';
import { WHY_NOT_PRIMARY } from '../../src/database/group-member.js';
import { range } from './stock.js';
import { eventually } from './wait.js';

const MEMBERS = 3;
/** Distributed recovery, on a machine that does other things too. */
const JOIN_MAX_MS = 180_000;
const RECOVERY_USER = 'recovery';

/** A Group Replication group in single-primary mode, each member with its data on this machine. */
export interface MysqlGroup {
  readonly members: readonly EmbeddedMysql[];
  /** As the app's user, with all hosts. */
  url(database: string): string;
  /** Runs statements as root of one server. */
  run<T>(member: EmbeddedMysql, sql: string): Promise<T[]>;
  /** The member that is the primary now. */
  primary(): Promise<EmbeddedMysql>;
  /** Waits until all are members, and starts replication again on those that gave up, as an operator does. */
  whole(): Promise<void>;
  /** Waits until all have what the primary has. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Forms a group of three; it takes about half a minute. */
export async function startMysqlGroup(): Promise<MysqlGroup> {
  const home = mkdtempSync(join(tmpdir(), 'allotment-group-'));
  const folders = range(1, MEMBERS).map((id) => openDataFolder(join(home, `member-${id}`)));
  const [first] = folders;
  // A client that is led to another member has the same password there.
  if (first) credentialsOf(first);
  for (const folder of folders.slice(1)) copyFileSync(first?.credentials ?? '', folder.credentials);
  const ports = await Promise.all(range(0, MEMBERS).map(() => somePort()));
  const addresses = (await Promise.all(range(0, MEMBERS).map(() => somePort()))).map((port) => `127.0.0.1:${port}`);
  const group = randomUUID();
  const started = await Promise.allSettled(
    folders.map(({ dir }, n) =>
      startEmbeddedMysql({
        dataDir: dir,
        port: ports[n] ?? 0,
        say: (line) => void process.stderr.write(`member ${n + 1}: ${line}\n`),
        serverOptions: memberOptions({ id: n + 1, port: ports[n] ?? 0, group, addresses, address: addresses[n] ?? '' }),
      }),
    ),
  );
  const members = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(members.map((member) => member.stop()));
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const failed = started.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    await form(members);
    return groupOf(members, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Place {
  readonly id: number;
  readonly port: number;
  readonly group: string;
  readonly address: string;
  readonly addresses: readonly string[];
}

/** What a member needs beside a plain server's options. Its own default of the consistency is the weakest, on purpose. */
const memberOptions = ({ id, port, group, address, addresses }: Place): string[] => [
  `--server-id=${id}`,
  '--gtid-mode=ON',
  '--enforce-gtid-consistency=ON',
  '--sql-require-primary-key=ON', // a group takes no rows of tables without one
  '--max-connections=300',
  `--report-host=127.0.0.1`,
  `--report-port=${port}`,
  '--plugin-load-add=group_replication.so',
  `--loose-group-replication-group-name=${group}`,
  `--loose-group-replication-local-address=${address}`,
  `--loose-group-replication-group-seeds=${addresses.join(',')}`,
  '--loose-group-replication-ip-allowlist=127.0.0.1/32',
  '--loose-group-replication-recovery-get-public-key=ON',
  '--loose-group-replication-start-on-boot=OFF', // until it is formed; see `form`
  '--group-replication-consistency=EVENTUAL',
];

async function form(members: readonly EmbeddedMysql[]): Promise<void> {
  const password = randomBytes(18).toString('base64url');
  for (const [n, member] of members.entries()) {
    await run(
      member,
      `SET SESSION sql_log_bin = 0;
       CREATE USER '${RECOVERY_USER}'@'127.0.0.1' IDENTIFIED BY '${password}';
       GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN, GROUP_REPLICATION_STREAM ON *.* TO '${RECOVERY_USER}'@'127.0.0.1';
       CHANGE REPLICATION SOURCE TO SOURCE_USER = '${RECOVERY_USER}', SOURCE_PASSWORD = '${password}'
         FOR CHANNEL 'group_replication_recovery';
       SET PERSIST group_replication_start_on_boot = ON;
       SET GLOBAL group_replication_bootstrap_group = ${n === 0 ? 'ON' : 'OFF'};
       START GROUP_REPLICATION;
       SET GLOBAL group_replication_bootstrap_group = OFF`,
    );
  }
}

function groupOf(members: readonly EmbeddedMysql[], stop: () => Promise<void>): MysqlGroup {
  const primary = async (): Promise<EmbeddedMysql> => {
    for (const member of members) {
      const rows = await run<RowDataPacket>(member, WHY_NOT_PRIMARY.sql).catch(() => []);
      if (WHY_NOT_PRIMARY.read(rows) === undefined) return member;
    }
    throw new Error('no member is the primary');
  };
  return {
    members,
    url(database) {
      const [first, ...others] = members.map((member) => new URL(member.url(database)));
      if (!first) throw new Error('a group has members');
      return first.href.replace(first.host, [first, ...others].map(({ host }) => host).join(','));
    },
    run,
    primary,
    whole: () =>
      eventually(
        'all are members',
        async () => (await Promise.all(members.map(joined))).every(Boolean),
        JOIN_MAX_MS,
        1_000,
      ),
    async settled() {
      const [source] = await run<{ gtids: string }>(await primary(), 'SELECT @@GLOBAL.gtid_executed AS gtids');
      for (const member of members) {
        await eventually(
          'its transactions are applied',
          async () => {
            const [has] = await run<{ all_of_them: number }>(
              member,
              `SELECT GTID_SUBSET('${source?.gtids.replaceAll('\n', '') ?? ''}', @@GLOBAL.gtid_executed) AS all_of_them`,
            );
            return has?.all_of_them === 1;
          },
          JOIN_MAX_MS,
        );
      }
    },
    stop,
  };
}

/**
 * Whether a member thinks that all are there; one that was frozen still does, for a moment, when the others don't.
 * One that was killed comes back while the group thinks that it never left, is refused, and does not ask again: we do.
 */
async function joined(member: EmbeddedMysql): Promise<boolean> {
  try {
    const seen = await run<{ state: string; self: number }>(
      member,
      'SELECT MEMBER_STATE AS state, MEMBER_ID = @@server_uuid AS self FROM performance_schema.replication_group_members',
    );
    const self = seen.find((one) => one.self === 1);
    if (self?.state === 'ONLINE') return seen.filter(({ state }) => state === 'ONLINE').length === MEMBERS;
    if (self?.state === 'ERROR') await run(member, 'STOP GROUP_REPLICATION');
    if (self?.state !== 'RECOVERING') await run(member, 'START GROUP_REPLICATION');
  } catch {
    // it is starting still, or is at it
  }
  return false;
}

async function run<T>(member: EmbeddedMysql, sql: string): Promise<T[]> {
  const connection = await createConnection({ uri: member.rootUrl(), multipleStatements: true, connectTimeout: 2_000 });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows as T[];
  } finally {
    connection.destroy();
  }
}

async function somePort(): Promise<number> {
  for (;;) {
    const port = await freePort(0);
    if (port !== undefined) return port;
    await sleep(10);
  }
}
