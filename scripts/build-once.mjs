// Builds unless `dist` is newer than all it is made from, so that a second `npm start` takes seconds, and `npm test`
// leaves the build of a running service alone.
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = ['src', 'db', 'bench', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'nest-cli.json'];
const STAMP = join('dist', '.built');

/** A folder's own time changes when a file in it comes or goes. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const builtAt = statSync(STAMP, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const started = new Date();
if (Math.max(...SOURCES.map(newest)) >= builtAt) {
  console.log('building');
  rmSync(STAMP, { force: true });
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  // As of before the build: a source that was saved meanwhile is newer.
  writeFileSync(STAMP, '');
  utimesSync(STAMP, started, started);
}
