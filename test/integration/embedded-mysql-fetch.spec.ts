import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached, fetchIntoCache } from '../../db/embedded/binary-cache.js';
import { canFetch, distributionOf, signedByInDeb822, signedByInList } from '../../db/embedded/debian-sources.js';
import { MYSQLD } from '../../db/embedded/mysqld-package.js';

jest.setTimeout(300_000); // 60 MB over a slow line

const cache = mkdtempSync(join(tmpdir(), 'allotment-cache-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const onDebian = canFetch() === undefined ? it : it.skip;

onDebian('two fetches at once make one copy, and clear away what killed ones left', async () => {
  const broken = `9.9.9-${process.arch}`;
  mkdirSync(join(cache, '.fetching-dead', 'root'), { recursive: true });
  mkdirSync(join(cache, broken, 'usr', 'lib'), { recursive: true });
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  expect(await cached(MYSQLD, cache, say)).toBeUndefined();

  const [one, other] = await Promise.all([fetchIntoCache(MYSQLD, cache, say), fetchIntoCache(MYSQLD, cache, say)]);

  expect(other).toEqual(one);
  expect(await cached(MYSQLD, cache, say)).toEqual(one);
  expect(lines.filter((line) => line.startsWith('Downloading'))).toHaveLength(1);
  expect(lines.join('\n')).toContain(`Waiting for process ${String(process.pid)}, which is fetching mysql-server-core`);
  const copies = readdirSync(cache).filter((name) => name !== '.lock');
  expect(copies).toHaveLength(1);
  expect(copies).not.toContain(broken);
});

it('knows whose a mirror is, also in a list of mirrors', () => {
  const list = join(cache, 'mirrors.txt');
  writeFileSync(list, '# nearest first\n\nhttp://near.test/ubuntu/\tpriority:1\nhttp://far.test/ubuntu/\n');
  expect(distributionOf(`mirror+file:${list}`)).toBe('ubuntu');
  expect(distributionOf('http://near.test/pub/debian')).toBe('debian');
  expect(distributionOf('http://near.test/debian-security')).toBe('debian-security');
});

it("reads a mirror's keyring from either style of apt sources", () => {
  const deb822 = [
    '# Debian',
    'Types: deb',
    'URIs: http://one.test/debian/ http://two.test/debian',
    'Suites: bookworm',
    'Signed-By: /one.gpg',
    '',
    'Types: deb',
    'URIs: http://three.test/debian',
    'Signed-By:',
    ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
    ' .',
    ' abc',
    'Suites: sid',
  ].join('\n');
  expect(signedByInDeb822(deb822, 'http://one.test/debian')).toBe('/one.gpg');
  expect(signedByInDeb822(deb822, 'http://two.test/debian')).toBe('/one.gpg');
  expect(signedByInDeb822(deb822, 'http://three.test/debian')).toBe('-----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc');
  expect(signedByInDeb822(deb822, 'http://four.test/debian')).toBeUndefined();

  const list =
    '# deb [signed-by=/no.gpg] http://one.test/debian x main\ndeb [arch=amd64 signed-by=/yes.gpg] http://one.test/debian/ x main\n';
  expect(signedByInList(list, 'http://one.test/debian')).toBe('/yes.gpg');
  expect(signedByInList('deb http://one.test/debian x main', 'http://one.test/debian')).toBeUndefined();
});
