import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesToTry, type Source } from './debian-sources.js';
import { EmbeddedMysqlError } from './errors.js';
import { privateApt, type PrivateApt } from './private-apt.js';
import { run, telling } from './run.js';

type Say = (line: string) => void;

const TRUSTED_ORIGINS = ['Debian', 'Ubuntu'];
const TELL_EVERY_MS = 2_000;
const UNPACKERS = 2;

/** A package of the distribution that we want a private copy of. */
export interface Wanted {
  /** In words, for messages: `MySQL 8.4 or newer`. */
  readonly what: string;
  /** Debian's name, and the beginning of Ubuntu's (`mysql-server-core-8.4`). */
  readonly name: string;
  /** Whether a version will do. */
  fits(version: string): boolean;
  /** Whether it needs a package that it is said to depend on. */
  needs(dependency: string): boolean;
}

interface Package {
  readonly name: string;
  readonly version: string;
}

export interface Unpacked extends Package {
  /** The folder that holds the copy's `usr`. */
  readonly root: string;
}

/**
 * Fetches a package and what it needs from the distribution and unpacks them under `workshop`.
 * @throws EmbeddedMysqlError `fetch_failed`
 */
export async function fetchPackage(wanted: Wanted, workshop: string, say: Say): Promise<Unpacked> {
  const architecture = (await run('dpkg', ['--print-architecture'])).stdout.trim();
  const sources = await sourcesToTry(architecture);
  if (sources.length === 0) {
    throw new EmbeddedMysqlError(
      'fetch_failed',
      `This machine's apt has no source of the Debian or Ubuntu main archive, so no ${wanted.what} can be fetched.`,
    );
  }
  say(`No ${wanted.what} here: fetching a private copy with apt; nothing is installed on the system`);
  const failures: string[] = [];
  for (const [index, source] of sources.entries()) {
    const folder = join(workshop, `source-${String(index)}`);
    try {
      const apt = await privateApt(folder, source);
      const found = (await isRuledOut(wanted, source)) ? undefined : await findPackage(wanted, apt, source, say);
      if (!found) continue;
      const archives = await download(wanted, apt, found, join(folder, 'archives'), say);
      return { ...found, root: await unpack(archives, join(workshop, 'root'), say) };
    } catch (thrown) {
      if (!(thrown instanceof EmbeddedMysqlError)) throw thrown;
      failures.push(thrown.message);
      say(thrown.message);
    }
  }
  throw new EmbeddedMysqlError('fetch_failed', [`No ${wanted.what} could be fetched.`, ...failures].join('\n'));
}

/** Whether the lists that the machine has already show that a source lacks the package: spares 9 MB on Debian stable. */
async function isRuledOut(wanted: Wanted, source: Source): Promise<boolean> {
  const known = await run('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages']);
  const targets = known.stdout.split('\n').map((line) => line.replace(/\/+ /, ' '));
  if (!source.suites.every((suite) => targets.includes(`${source.uri} ${suite}`))) return false;
  return (await bestPackage(wanted, (args) => run('apt-cache', args).then((ran) => ran.stdout))) === undefined;
}

async function findPackage(wanted: Wanted, apt: PrivateApt, source: Source, say: Say): Promise<Package | undefined> {
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
  return bestPackage(wanted, (args) => apt.ask('apt-cache', args));
}

async function bestPackage(
  wanted: Wanted,
  aptCache: (args: readonly string[]) => Promise<string>,
): Promise<Package | undefined> {
  const names = (await aptCache(['pkgnames', wanted.name]))
    .split('\n')
    .filter((name) => name.startsWith(wanted.name) && /^(-[\d.]+)?$/.test(name.slice(wanted.name.length)));
  if (names.length === 0) return undefined;
  const shown = await aptCache(['show', '--no-all-versions', ...names]);
  const offered = [...shown.matchAll(/^Package: (\S+)$[^]*?^Version: (\S+)$/gm)].map(([, name = '', version = '']) => ({
    name,
    version,
  }));
  return offered
    .filter(({ version }) => wanted.fits(version))
    .sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))[0];
}

async function download(wanted: Wanted, apt: PrivateApt, found: Package, folder: string, say: Say): Promise<string> {
  const planned = await apt.ask('apt-get', ['install', '--yes', '--print-uris', found.name]);
  const packages = [...planned.matchAll(/^'\S+' ([^_\s]+)_\S+ (\d+)/gm)]
    .map(([, name = '', size]) => ({ name, size: Number(size) }))
    .filter(({ name }) => name === found.name || wanted.needs(name));
  const total = packages.reduce((sum, { size }) => sum + size, 0);
  say(`Downloading ${found.name} ${found.version} and what it needs: ${megabytes(total)} MB`);
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

/** How to call a program of an unpacked copy. */
export interface UnpackedProgram {
  /** The copy's own dynamic loader. */
  readonly command: string;
  readonly prefix: readonly string[];
  /** The copy's folder of libraries, and of what else packages keep beside them. */
  readonly lib: string;
}

/**
 * A program of an unpacked copy, called through the copy's own dynamic loader, with its own libc and libraries only.
 * @param path below the copy's `usr`
 * @throws Error when a part is missing
 */
export function unpackedProgram(root: string, path: string): UnpackedProgram {
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
  const program = join(root, 'usr', path);
  if (libraries === undefined || loader === undefined || !existsSync(program)) throw new Error(`${root} is incomplete`);
  // Without --inhibit-cache a library that is missing here would come from the system, built for another libc.
  const search = `${libraries}:${join(lib, 'mysql', 'private')}`;
  return { command: loader, prefix: ['--inhibit-cache', '--library-path', search, program], lib };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

function sizeOf(folder: string): number {
  const size = (name: string): number => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  return existsSync(folder) ? readdirSync(folder).reduce((sum, name) => sum + size(name), 0) : 0;
}
