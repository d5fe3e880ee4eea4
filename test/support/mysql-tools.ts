import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { run } from '../../db/embedded/run.js';
import { mysqlbinlog, mysqlClient, type Tool } from './debian-tools.js';

const ROOT = join(__dirname, '..', '..');
const TOOL_MAX_MS = 60_000;

/** The stock tools on a PATH, as docs/operations.md wants them, and a folder to work in. */
export interface MysqlTools {
  readonly folder: string;
  /**
   * Runs the command of docs/operations.md that begins so.
   *
   * @param variables that it names
   * @throws Error with what it wrote, when it fails
   * @returns its output
   */
  documented(begins: string, variables: Readonly<Record<string, string>>): Promise<string>;
  /** An option file for a server. */
  optionFile(name: string, url: string): string;
  remove(): void;
}

export async function mysqlTools(): Promise<MysqlTools> {
  const { mysql, mysqldump } = await mysqlClient();
  const tools = { mysql, mysqldump, mysqlbinlog: await mysqlbinlog() };
  const folder = mkdtempSync(join(tmpdir(), 'allotment-tools-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, tool] of Object.entries(tools)) wrap(join(bin, name), tool);
  const env = { PATH: [bin, process.env['PATH'] ?? ''].join(delimiter), HOME: folder };
  return {
    folder,
    async documented(begins, variables) {
      const options = { env: { ...env, ...variables }, cwd: ROOT, timeoutMs: TOOL_MAX_MS };
      const { code, stdout, stderr } = await run('bash', ['-euo', 'pipefail', '-c', commandOf(begins)], options);
      if (code !== 0) throw new Error(`exit ${code}: ${stderr}${stdout}`);
      return stdout;
    },
    optionFile(name, url) {
      const { hostname, port, username, password } = new URL(url);
      const file = join(folder, `${name}.cnf`);
      const lines = ['[client]', `host=${hostname}`, `port=${port}`, `user=${username}`, `password=${password}`];
      writeFileSync(file, lines.join('\n') + '\n', { mode: 0o600 });
      return file;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The line, which may stand there more than once but not differ. */
function commandOf(begins: string): string {
  const lines = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith(begins));
  const [line, ...others] = new Set(lines);
  if (line === undefined || others.length > 0) throw new Error(`docs/operations.md has no one line: ${begins}`);
  return line;
}

function wrap(file: string, tool: Tool): void {
  const words = tool.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  writeFileSync(file, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(file, 0o755);
}
