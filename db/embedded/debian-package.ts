import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesToTry, type Source } from './debian-sources.js';
import { EmbeddedMysqlError } from './errors.js';
import { isNewEnough } from './mysql-version.js';
import type { Mysqld } from './mysqld.js';
import { privateApt, type PrivateApt } from './private-apt.js';
import { run, telling } from './run.js';

type Say = (line: string) => void;

/** Debian's name, and the beginning of Ubuntu's (`mysql-server-core-8.4`). */
const PACKAGE = 'mysql-server-core';
/** What the package needs for its helper scripts only, a fifth of the download. */
const NEVER_RUN = /^(perl|libperl|libgdbm|libdb5)/;
const TRUSTED_ORIGINS = ['Debian', 'Ubuntu'];
const TELL_EVERY_MS = 2_000;
const UNPACKERS = 2;

interface Package {
  readonly name: string;
  readonly version: string;
}

export interface Unpacked extends Package {
  /** The folder that holds the copy's `usr`. */
  readonly root: string;
}

/**
 * Fetches MySQL's server and its libraries from the distribution and unpacks them under `workshop`.
 * @throws EmbeddedMysqlError `fetch_failed`
 */
export async function fetchMysqld(workshop: string, say: Say): Promise<Unpacked> {
  const architecture = (await run('dpkg', ['--print-architecture'])).stdout.trim();
  const sources = await sourcesToTry(architecture);
  if (sources.length === 0) {
    throw new EmbeddedMysqlError(
      'fetch_failed',
      "This machine's apt has no source of the Debian or Ubuntu main archive, so no MySQL can be fetched.",
    );
  }
  say('No MySQL 8.4 or newer here: fetching a private copy with apt; nothing is installed on the system');
  const failures: string[] = [];
  for (const [index, source] of sources.entries()) {
    const folder = join(workshop, `source-${String(index)}`);
    try {
      const apt = await privateApt(folder, source);
      const found = (await isRuledOut(source)) ? undefined : await findPackage(apt, source, say);
      if (!found) continue;
      const archives = await download(apt, found, join(folder, 'archives'), say);
      return { ...found, root: await unpack(archives, join(workshop, 'root'), say) };
    } catch (thrown) {
      if (!(thrown instanceof EmbeddedMysqlError)) throw thrown;
      failures.push(thrown.message);
      say(thrown.message);
    }
  }
  throw new EmbeddedMysqlError('fetch_failed', ['No MySQL 8.4 or newer could be fetched.', ...failures].join('\n'));
}

/** Whether the lists that the machine has already show that a source lacks the package: spares 9 MB on Debian stable. */
async function isRuledOut(source: Source): Promise<boolean> {
  const known = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages']);
  const targets = known.stdout.split('\n').map((line) => line.replace(/\/+ /, ' '));
  if (!source.suites.every((suite) => targets.includes(`${source.uri} ${suite}`))) return false;
  return (await bestPackage((args) => run('apt-cache', args).then((ran) => ran.stdout))) === undefined;
}

async function findPackage(apt: PrivateApt, source: Source, say: Say): Promise<Package | undefined> {
  say(`Reading the package lists of ${source.suites.join(', ')}`);
  const update = apt.ask('apt-get', ['update', '-o', 'APT::Update::Error-Mode=any']);
  await telling(update, TELL_EVERY_MS, () => {
    say(`Package lists: ${megabytes(sizeOf(apt.lists) + sizeOf(join(apt.lists, 'partial')))} MB so far`);
  });
  const origins = await apt.ask('apt-get', ['indextargets', '--format', '$(ORIGIN)', 'Created-By: Packages']);
  const foreign = origins
    .trim()
    .split('\n')
    .find((origin) => !TRUSTED_ORIGINS.includes(origin));
  if (foreign !== undefined)
    throw new EmbeddedMysqlError('fetch_failed', `${source.uri} is no Debian or Ubuntu archive (origin "${foreign}")`);
  return bestPackage((args) => apt.ask('apt-cache', args));
}

async function bestPackage(aptCache: (args: readonly string[]) => Promise<string>): Promise<Package | undefined> {
  const names = (await aptCache(['pkgnames', PACKAGE]))
    .split('\n')
    .filter((name) => /^mysql-server-core(-[\d.]+)?$/.test(name));
  if (names.length === 0) return undefined;
  const shown = await aptCache(['show', '--no-all-versions', ...names]);
  const offered = [...shown.matchAll(/^Package: (\S+)$[^]*?^Version: (\S+)$/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }));
  return offered
    .filter(({ version }) => isNewEnough(version))
    .sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))[0];
}

async function download(apt: PrivateApt, wanted: Package, folder: string, say: Say): Promise<string> {
  const planned = await apt.ask('apt-get', ['install', '--yes', '--print-uris', wanted.name]);
  const packages = [...planned.matchAll(/^'\S+' ([^_\s]+)_\S+ (\d+)/gm)]
    .map(([, name = '', size]) => ({ name, size: Number(size) }))
    .filter(({ name }) => !NEVER_RUN.test(name));
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  say(`Downloading MySQL ${wanted.version} and ${String(packages.length - 1)} libraries: ${megabytes(total)} MB`);
  mkdirSync(folder);
  const fetched = apt.ask('apt-get', ['download', ...packages.map(({ name }) => name)], folder);
  await telling(fetched, TELL_EVERY_MS, () => {
    const done = sizeOf(folder);
    say(`Downloaded ${megabytes(done)} of ${megabytes(total)} MB (${String(Math.floor((100 * done) / total))} %)`);
  });
  return folder;
}

async function unpack(archives: string, root: string, say: Say): Promise<string> {
  const waiting = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  const all = waiting.length;
  mkdirSync(root);
  say(`Unpacking ${String(all)} packages`);
  const unpackNext = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const ran = await run('dpkg', ['--extract', join(archives, name), root]);
      if (ran.code !== 0)
        throw new EmbeddedMysqlError('fetch_failed', `Unpacking ${name} failed: ${ran.stderr.trim()}`);
    }
  };
  const unpackers = Promise.all(Array.from({ length: UNPACKERS }, unpackNext));
  await telling(unpackers, TELL_EVERY_MS, () => {
    say(`Unpacked ${String(all - waiting.length)} of ${String(all)} packages`);
  });
  return root;
}

/**
 * How to call an unpacked copy: through its own dynamic loader, with its own libc and libraries only.
 * @throws Error when a part is missing
 */
export function unpackedMysqld(root: string): Mysqld {
  const lib = join(root, 'usr', 'lib');
  const [libraries, loader] =
    readdirSync(lib)
      .map((name) => join(lib, name))
      .filter((folder) => statSync(folder).isDirectory())
      .flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => /^ld(-linux.*|64)\.so\.\d+$/.test(name))
          .map((name) => [folder, join(folder, name)]),
      )
      .at(0) ?? [];
  const program = join(root, 'usr', 'sbin', 'mysqld');
  if (libraries === undefined || loader === undefined || !existsSync(program)) throw new Error(`${root} is incomplete`);
  return {
    command: loader,
    // Without --inhibit-cache a library that is missing here would come from the system, built for another libc.
    prefix: ['--inhibit-cache', '--library-path', `${libraries}:${join(lib, 'mysql', 'private')}`, program],
    places: [
      `--basedir=${join(root, 'usr')}`,
      `--lc-messages-dir=${join(root, 'usr', 'share', 'mysql')}`,
      `--character-sets-dir=${join(root, 'usr', 'share', 'mysql', 'charsets')}`,
      `--plugin-dir=${join(lib, 'mysql', 'plugin')}`,
    ],
    from: root,
  };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function sizeOf(folder: string): number {
  const size = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return existsSync(folder) ? readdirSync(folder).reduce((sum, name) => sum + size(name), 0) : 0;
}
