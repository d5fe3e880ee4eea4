import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from './debian-sources.js';
import { EmbeddedMysqlError } from './errors.js';
import { run, type Ran } from './run.js';

/** An apt of our own in one folder: it reads one source, knows no installed package and changes nothing of the system. */
export interface PrivateApt {
  readonly lists: string;
  /** Runs an apt tool; its failure is an error that quotes apt. */
  ask(tool: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string): Promise<string>;
}

/** Network settings of the machine (proxies, time-outs) that our downloads need as well. */
const KEPT_SETTING = /^Acquire::(?!Changelogs|IndexTargets|CompressionTypes|Allow).* ".*";$/;

export async function privateApt(folder: string, source: Source): Promise<PrivateApt> {
  const at = (...parts: string[]): string => join(folder, ...parts);
  for (const made of [at('state', 'lists', 'partial'), at('cache', 'archives', 'partial')])
    mkdirSync(made, { recursive: true });
  writeFileSync(at('status'), ''); // nothing is installed: every library is fetched, the libc included
  writeFileSync(at('our.sources'), stanza(source));
  const machine = await run('apt-config', ['dump']);
  const kept = machine.stdout.split('\n').filter((line) => KEPT_SETTING.test(line));
  writeFileSync(
    at('apt.conf'),
    [
      ...kept,
      // The machine's own configuration is not read: hooks in it run as root and clean the system's caches.
      'Dir::Etc::main "/dev/null";',
      'Dir::Etc::parts "/dev/null";',
      'Dir::Etc::preferences "/dev/null";',
      'Dir::Etc::preferencesparts "/dev/null";',
      `Dir::Etc::sourcelist "${at('our.sources')}";`,
      'Dir::Etc::sourceparts "/dev/null";',
      `Dir::State "${at('state')}";`,
      `Dir::State::status "${at('status')}";`,
      `Dir::Cache "${at('cache')}";`,
      `Dir::Log "${at('cache')}";`,
      'Acquire::AllowInsecureRepositories "false";',
      'Acquire::AllowWeakRepositories "false";',
      'APT::Get::AllowUnauthenticated "false";',
      'APT::Sandbox::User "root";', // user _apt can't enter our folder; for a plain user this is without effect
      'APT::Install-Recommends "false";',
      'Acquire::Languages "none";',
      'Acquire::Retries "3";',
    ].join('\n') + '\n',
  );
  const env = { ...process.env, APT_CONFIG: at('apt.conf'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  return {
    lists: at('state', 'lists'),
    async ask(tool, args, cwd = folder) {
      const ran = await run(tool, args, { env, cwd });
      if (ran.code === 0) return ran.stdout;
      throw new EmbeddedMysqlError(
        'fetch_failed',
        `${tool} ${args[0] ?? ''} (${source.uri} ${source.suites.join(' ')}) failed:\n${complaint(ran)}`,
      );
    },
  };
}

function stanza({ uri, suites, signedBy }: Source): string {
  const lines = ['Types: deb', `URIs: ${uri}`, `Suites: ${suites.join(' ')}`, 'Components: main'];
  return [...lines, ...(signedBy === undefined ? [] : [`Signed-By: ${signedBy}`])].join('\n') + '\n';
}

function complaint({ stderr, stdout }: Ran): string {
  const lines = stderr.split('\n').filter((line) => /^[EW]:/.test(line));
  return (lines.length > 0 ? lines : (stderr || stdout).trim().split('\n')).slice(0, 8).join('\n');
}
