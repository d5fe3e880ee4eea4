import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { run } from './run.js';

/** One suite of a distribution on one mirror, as this machine's own apt would reach it. */
export interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
  /** A `Signed-By` value (a keyring's path or a key itself) of the machine's entry; absent: apt's trusted keys. */
  readonly signedBy?: string | undefined;
}

/** The suites that always have the newest packages, by the last part of the mirror's path. */
const NEWEST_SUITE: Readonly<Record<string, string>> = { debian: 'sid', ubuntu: 'devel' };
const SOURCES_LIST = '/etc/apt/sources.list';
const SOURCES_PARTS = '/etc/apt/sources.list.d';

/** Why this machine can't fetch packages, or undefined when it can. */
export function canFetch(): string | undefined {
  for (const tool of ['/usr/bin/apt-get', '/usr/bin/dpkg']) {
    if (!existsSync(tool)) return `this is not Debian or Ubuntu (no ${tool}), so none can be fetched`;
  }
  return undefined;
}

/**
 * Where to look for the package, in this order: the machine's own suites, then the distribution's newest one.
 * What apt itself would read is asked of apt (`update --print-uris` reads nothing, needs no lists and no rights), so that no
 * host is written here and mirrors, proxies and `mirror+file:` are followed as set up.
 */
export async function sourcesToTry(architecture: string): Promise<Source[]> {
  const listed = await run('apt-get', ['update', '--print-uris'], { env: { ...process.env, LC_ALL: 'C' } });
  const line = new RegExp(`^'(\\S+)/dists/(\\S+)/main/binary-${architecture}/Packages`, 'gm');
  const suitesOf = new Map<string, Set<string>>();
  for (const [, uri = '', suite = ''] of listed.stdout.matchAll(line)) {
    // Only the main archive: a third party's repository may well be signed and still not be ours to take a libc from.
    if (distributionOf(uri) in NEWEST_SUITE) suitesOf.set(uri, (suitesOf.get(uri) ?? new Set()).add(suite));
  }
  const archives = [...suitesOf].map(([uri, suites]) => ({ uri, suites: [...suites], signedBy: signedBy(uri) }));
  const newest = archives.map((archive) => ({
    ...archive,
    suites: [NEWEST_SUITE[distributionOf(archive.uri)] ?? 'sid'],
  }));
  return [...archives, ...newest];
}

/** `mirror+file:/path` has its mirrors in that file, one a line: the first tells whose they are. */
export function distributionOf(uri: string): string {
  const [, list] = /^mirror\+file:(\/.*)$/.exec(uri) ?? [];
  const mirror = list === undefined ? uri : /^[^#\s]\S*/m.exec(readFileSync(list, 'utf8'))?.[0];
  return basename(mirror ?? uri);
}

/** The `Signed-By` of the machine's entry for a mirror; apt prints it nowhere. */
function signedBy(uri: string): string | undefined {
  for (const file of sourceFiles()) {
    const text = readFileSync(file, 'utf8');
    const value = file.endsWith('.sources') ? signedByInDeb822(text, uri) : signedByInList(text, uri);
    if (value !== undefined) return value;
  }
  return undefined;
}

function sourceFiles(): string[] {
  const parts = existsSync(SOURCES_PARTS)
    ? readdirSync(SOURCES_PARTS).filter((name) => /\.(list|sources)$/.test(name))
    : [];
  return [SOURCES_LIST, ...parts.map((name) => join(SOURCES_PARTS, name))].filter((file) => existsSync(file));
}

const names = (field: string, uri: string): boolean =>
  field.split(/\s+/).some((word) => word.replace(/\/+$/, '') === uri);

/** @see sources.list(5), deb822 style: stanzas, fields that go on over indented lines, `#` comments. */
export function signedByInDeb822(text: string, uri: string): string | undefined {
  for (const stanza of text.replaceAll(/^#.*\n/gm, '').split(/\n\s*\n/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:([^\\n]*(?:\\n[ \\t][^\\n]*)*)`, 'im').exec(stanza)?.[1];
    if (!names(field('URIs') ?? '', uri)) continue;
    const value = field('Signed-By');
    if (value !== undefined) return value.trim();
  }
  return undefined;
}

/** @see sources.list(5), one-line style. */
export function signedByInList(text: string, uri: string): string | undefined {
  for (const line of text.split('\n')) {
    const [, options = '', rest = ''] = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(.*)/.exec(line) ?? [];
    const value = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    if (value !== undefined && names(rest, uri)) return value.replaceAll(',', ' ');
  }
  return undefined;
}
