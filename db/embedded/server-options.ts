import type { DataFolder } from './data-folder.js';
import type { Mysqld } from './mysqld.js';

const BINARY_LOG_KEPT_SECONDS = 86_400; // it is there for durability, and a day for a look back
const BINARY_LOG_FILE_BYTES = 256 * 1024 * 1024; // only whole files expire, and the default of 1 GB takes long to fill

interface Start {
  readonly port: number;
  readonly more: readonly string[];
}

function common(mysqld: Mysqld, data: string): string[] {
  return [
    ...mysqld.prefix,
    '--no-defaults', // first, or a my.cnf of the machine is read
    ...mysqld.places,
    `--datadir=${data}`,
    '--secure-file-priv=NULL',
    '--character-set-server=utf8mb4',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
  ];
}

/** Arguments that make a new data folder, whose root has no password until the first start. */
export const initialiseOptions = (mysqld: Mysqld, folder: DataFolder, more: readonly string[]): string[] => [
  ...common(mysqld, folder.newData),
  '--initialize-insecure',
  `--log-error=${folder.log}`,
  ...more,
];

/** Arguments that run the server. Durability and the binary log stay as MySQL has them. */
export const serverOptions = (mysqld: Mysqld, folder: DataFolder, { port, more }: Start): string[] => [
  ...common(mysqld, folder.data),
  '--mysqlx=0',
  '--bind-address=127.0.0.1',
  `--port=${String(port)}`,
  '--skip-name-resolve',
  `--socket=${folder.socket}`,
  `--pid-file=${folder.pidFile}`,
  `--log-error=${folder.log}`,
  `--init-file=${folder.initFile}`,
  '--log-bin-trust-function-creators=1', // the app's user makes triggers without SUPER
  `--binlog-expire-logs-seconds=${String(BINARY_LOG_KEPT_SECONDS)}`,
  `--max-binlog-size=${String(BINARY_LOG_FILE_BYTES)}`,
  ...more,
];
