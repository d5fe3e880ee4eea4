import { EmbeddedMysqlError } from '../db/embedded/errors.js';
import { ConfigError } from './config/config.js';
import { UsageError } from './config/usage-error.js';
import { DatabaseError } from './database/database-error.js';
import { ReconcileError } from './reconciliation/reconcile.js';
import { ArchiveError } from './retention/archive-session.js';

const FORESEEN = [ConfigError, DatabaseError, EmbeddedMysqlError, UsageError, ArchiveError, ReconcileError];

/** A line about what is being done, for whoever started the process. */
export const say = (line: string): void => void process.stdout.write(`allotment: ${line}\n`);

/** The same where standard output is for another program to read. */
export const sayAside = (line: string): void => void process.stderr.write(`allotment: ${line}\n`);

/**
 * Why it failed: in a sentence where it was foreseen, else with the stack. Ends the process once that is written, with 2
 * when it was called wrongly, else with the code given.
 */
export function fail(error: unknown, exitCode = 1): void {
  const foreseen = FORESEEN.some((kind) => error instanceof kind);
  process.stderr.write(`allotment: ${foreseen ? (error as Error).message : (portInUse(error) ?? stackOf(error))}\n`);
  process.exitCode = error instanceof UsageError ? 2 : exitCode;
}

/** The addresses of a service that listens. */
export interface Running {
  readonly host: string;
  readonly port: number;
  /** Of the metrics, when they have a port of their own. */
  readonly opsPort: number | undefined;
  readonly demoData: boolean;
}

/** Where to go now that the service runs. */
export function announce({ host, port, opsPort, demoData }: Running): void {
  const machine = `http://${['0.0.0.0', '::', '127.0.0.1'].includes(host) ? 'localhost' : host}`;
  const base = `${machine}:${port}`;
  const lines = [
    `ready on ${base}`,
    '',
    `  API         ${base}/api/ota/inventory`,
    `  Swagger UI  ${base}/docs`,
    `  Metrics     ${machine}:${opsPort ?? port}/metrics`,
  ];
  if (demoData) {
    lines.push(
      '',
      '  Try it, with a key of the demo data:',
      `  curl -H "X-API-Key: ota_test_key_12345" ${base}/api/ota/inventory`,
    );
  }
  process.stdout.write(`allotment: ${lines.join('\n')}\n\n`);
}

function portInUse(error: unknown): string | undefined {
  const { code, address, port } = error as { code?: unknown; address?: unknown; port?: unknown };
  return code === 'EADDRINUSE' || code === 'EACCES'
    ? `can't listen on ${String(address)}:${String(port)} (${code}). Stop what uses the port, or choose another, e.g. PORT=8081 (OPS_PORT= for the metrics).`
    : undefined;
}

const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
