import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { parse } from 'yaml';

import { SETTINGS } from '../../src/config/settings.js';

const ROOT = join(__dirname, '..', '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Service {
  readonly image?: string;
  readonly command?: string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly volumes?: string[];
  readonly stop_grace_period?: string;
  readonly [key: string]: unknown;
}
interface Job {
  readonly steps: { readonly run?: string }[];
}

const dockerfile = read('Dockerfile').replaceAll('\\\n', ' ');
const compose = read('docker-compose.yml');
const { services } = parse(compose, { merge: true }) as { services: Readonly<Record<string, Service>> };
const grants = read('deploy/mysql/app-grants.sql');
const appUser = read('deploy/mysql/app-user.sh');
const readme = read('README.md');
const engines = /"node": ">=(\d+)\.\d+"/.exec(read('package.json'))?.[1] ?? '';

const service = (name: string): Service => services[name] ?? {};
const settingsOf = (name: string): Readonly<Record<string, string>> => service(name).environment ?? {};
/** The source that the build compiles into a file of dist/. */
const sourceOf = (built: string): string => built.replace(/^dist\/(.*)\.js$/, '$1.ts');
const userOf = (name: string): string => /^mysql:\/\/(\w+):/.exec(settingsOf(name)['DATABASE_URL'] ?? '')?.[1] ?? '';

describe('Dockerfile', () => {
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) => paths.split(' '));

  it('copies files that exist and that .dockerignore lets through', () => {
    const [everything, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(everything).toBe('*');
    expect(new Set(copied.map((path) => `!${path}`))).toEqual(new Set(allowed));
    expect(copied.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('starts the service with the flags of npm start, and so does the bench', () => {
    const flags = ['--max-semi-space-size=32', '--no-allocation-site-pretenuring'];
    expect(read('package.json')).toContain(`exec node ${flags.join(' ')} dist/src/main.js"`);
    expect(dockerfile).toContain(`CMD ["node", "${flags.join('", "')}", "dist/src/main.js"]`);
    expect(read('bench/processes.ts')).toContain(`const NODE_FLAGS = ['${flags.join("', '")}'];`);
  });

  it('runs on a Node that package.json allows and CI tests', () => {
    const [, node = ''] = /^FROM node:(\d+)-/m.exec(dockerfile) ?? [];
    expect(Number(node)).toBeGreaterThanOrEqual(Number(engines));
    const { jobs } = parse(read('.github/workflows/ci.yml')) as {
      jobs: { test: { strategy: { matrix: { node: number[] } } } };
    };
    expect(jobs.test.strategy.matrix.node).toContain(Number(node));
    expect(Math.min(...jobs.test.strategy.matrix.node)).toBe(Number(engines));
  });

  it('starts what the build makes, without a shell, as a plain user', () => {
    const [, command = '[]'] = /^CMD (.+)$/m.exec(dockerfile) ?? [];
    const words = JSON.parse(command) as string[];
    expect(words[0]).toBe('node');
    expect(existsSync(join(ROOT, sourceOf(words.at(-1) ?? '')))).toBe(true);
    expect(Number(/^USER (\d+)/m.exec(dockerfile)?.[1])).toBeGreaterThan(0);
  });

  it('has the command line where a shell finds it', () => {
    const [, target = '', name = ''] = /^RUN ln -s (\S+) \/usr\/local\/bin\/(\S+)$/m.exec(dockerfile) ?? [];
    const { bin } = JSON.parse(read('package.json')) as { bin: Record<string, string> };
    expect(`/app/${bin[name] ?? ''}`).toBe(target);
    expect(copied).toContain(bin[name]);
    expect(statSync(join(ROOT, bin[name] ?? '')).mode & 0o111).toBe(0o111);
  });

  it('sets and asks for settings that there are', () => {
    const [, set = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? [];
    const names = set.split(' ').map((pair) => pair.split('=')[0] ?? '');
    const asked = [...dockerfile.matchAll(/process\.env\.(\w+)/g)].map(([, name = '']) => name);
    expect(Object.keys(SETTINGS)).toEqual(
      expect.arrayContaining([...names.filter((name) => name !== 'NODE_ENV'), ...asked]),
    );
    const port = Number(/process\.env\.PORT \|\| (\d+)/.exec(dockerfile)?.[1]);
    expect(port).toBe(SETTINGS.PORT.default);
    expect(dockerfile).toContain(`EXPOSE ${port}`);
  });
});

describe('docker-compose.yml', () => {
  it.each(['migrate', 'app'])('gives %s settings that there are', (name) => {
    expect(Object.keys(SETTINGS)).toEqual(expect.arrayContaining(Object.keys(settingsOf(name))));
  });

  it('runs the MySQL line that README.md says the tests run on, in each of its services', () => {
    const line = /MySQL (\d+\.\d+), which the tests run on/.exec(readme)?.[1];
    expect([service('mysql').image, service('app-user').image]).toEqual([`mysql:${line}`, `mysql:${line}`]);
  });

  it('lets the user of the migrations migrate, and the one that app-grants.sql knows serve', () => {
    expect(userOf('migrate')).toBe(settingsOf('mysql')['MYSQL_USER']);
    const granted = new Set([...grants.matchAll(/'(\w+)'@'%'/g)].map(([, user]) => user));
    expect(granted).toEqual(new Set([userOf('app')]));
    expect(appUser).toContain(`CREATE USER IF NOT EXISTS '${userOf('app')}'@'%'`);
    expect(settingsOf('app')['MIGRATE_ON_START']).toBe('false');
  });

  it('brings them up in the order that rights need', () => {
    expect(service('migrate').depends_on).toEqual({ mysql: { condition: 'service_healthy' } });
    expect(service('app-user').depends_on).toEqual({ migrate: { condition: 'service_completed_successfully' } });
    expect(service('app').depends_on).toMatchObject({ 'app-user': { condition: 'service_completed_successfully' } });
    expect(existsSync(join(ROOT, sourceOf(service('migrate').command?.[1] ?? '')))).toBe(true);
  });

  it('gives every password of .env.example a default that app-user.sh refuses outside the demo, and no other', () => {
    const passwords = [...read('.env.example').matchAll(/^(\w+_PASSWORD)=$/gm)].map(([, name = '']) => name);
    const variables = [...compose.matchAll(/\$\{(\w+_PASSWORD):-(.*?)\}/g)];
    expect(new Set(variables.map(([, name]) => name))).toEqual(new Set(passwords));
    const [, prefix = '?'] = /\$password == ([\w-]+)\*/.exec(appUser) ?? [];
    for (const [, name, fallback] of variables)
      expect(`${name} ${fallback}`).toMatch(new RegExp(`^${name} ${prefix}\\w+$`));
  });

  it('publishes the API on loopback only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports as string[]);
    expect(ports).toEqual([`127.0.0.1:${SETTINGS.PORT.default}:${SETTINGS.PORT.default}`]);
  });

  it('waits longer for the end of the app than the app takes', () => {
    const closeMaxMs = Number(/CLOSE_MAX_MS = ([\d_]+)/.exec(read('src/main.ts'))?.[1]?.replaceAll('_', ''));
    const longest = Number(SETTINGS.SHUTDOWN_MAX_SECONDS.default) * 1_000 + closeMaxMs;
    expect(Number.parseInt(service('app').stop_grace_period ?? '', 10) * 1_000).toBeGreaterThanOrEqual(longest);
  });

  it('mounts and runs files that exist', () => {
    const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(':')[0] ?? '').filter((path) => path.startsWith('./')),
    );
    const [collection, environment] = [/run (\S+)/, /--environment (\S+)/].map(
      (word) => word.exec(service('newman').command?.[2] ?? '')?.[1] ?? '',
    );
    const needed = [...mounted.filter((path) => path !== './reports'), collection ?? '', environment ?? ''];
    expect(needed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(read(environment ?? '')).toContain(`http://app:${SETTINGS.PORT.default}`);
  });
});

describe('.github/workflows/ci.yml', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: Readonly<Record<string, Job>> };
  const commands = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run = [] }) => run));

  it("runs README.md's two commands, and compose's newman", () => {
    const two = [...readme.matchAll(/^(npm ci && npm \w+) /gm)].map(([, command = '']) => command);
    expect(two).toEqual(['npm ci && npm start', 'npm ci && npm test']);
    const run = commands.join('\n').replace('exec npm', 'npm');
    for (const command of [...two, 'docker compose run --rm newman']) expect(run).toContain(command);
    expect(services).toHaveProperty('newman');
  });
});
