// `npm run test:newman`: the Postman collections against the built service, on a private MySQL and demo data of its own.
// Twice in a row: what passes on a fresh database must pass on a used one. With `-- --base-url http://localhost:8080` they
// run against that service instead, the operator's desk only with `--admin-key alk_…` as well.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import { parseArgs, promisify } from 'node:util';

import newman from 'newman';

const REPORTS = 'reports/newman';
const RUNS = ['first run', 'second run'];
/** A collection that somebody emptied must not pass: each has so many assertions at least. */
const COLLECTIONS = [
  { name: 'ota-channel-management', junit: 'us-012-ota-integration-e2e', assertionsMin: 60 },
  { name: 'operator-desk', junit: 'operator-desk', assertionsMin: 100, desk: true },
];
const FAILURES_SHOWN_MAX = 20;
/** The very first start fetches a MySQL. */
const READY_MAX_MS = 300_000;
/** Longer than the service gives itself to stop. */
const STOP_MAX_MS = 60_000;
/** Twenty times what a run takes, its wait for an expiry included. */
const RUN_MAX_MS = 300_000;
const REQUEST_MAX_MS = 10_000;

/** What it takes to find or fetch a MySQL. Nobody's own settings: with a DATABASE_URL the run would sell real units. */
const PASSED_ON = /^(PATH|HOME|TMPDIR|XDG_CACHE_HOME|MYSQLD|https?_proxy|no_proxy)$/i;

/** Starts `dist/src/main.js` on a free port, in a folder of its own that goes with it. */
function startService() {
  const folder = mkdtempSync(join(tmpdir(), 'allotment-newman-'));
  const passedOn = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
  const env = { ...passedOn, PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  let output = '';
  const ready = new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const [, url] = /ready on (http:\S+)/.exec(output) ?? [];
      if (!url) return;
      output = ''; // what it says from here on is warnings and errors
      resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    ended.then(() => reject(new Error('the service ended before it was ready')), reject);
    setTimeout(() => reject(new Error('the service did not get ready')), READY_MAX_MS).unref();
  });
  return {
    ready,
    output: () => output,
    /** The first key of the desk, as an operator gets it. */
    async adminKey() {
      const { stdout } = await promisify(execFile)(process.execPath, ['dist/src/cli.js', 'admin-key', '--json'], {
        env,
      });
      return JSON.parse(stdout).secret;
    },
    /** May be called again while it stops. */
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
      await ended.catch(() => undefined);
      clearTimeout(late);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Runs the collections once and says how it went. The reports of the run before are overwritten. */
async function passes(name, baseUrl, adminKey) {
  let passed = true;
  for (const collection of COLLECTIONS) {
    if (interrupted || (collection.desk && adminKey === undefined)) continue;
    passed = (await collectionPasses(name, collection, { base_url: baseUrl, admin_key: adminKey ?? '' })) && passed;
  }
  return passed && !interrupted;
}

async function collectionPasses(runName, { name, junit, assertionsMin }, variables) {
  const { run } = await promisify(newman.run)({
    collection: `newman/${name}.postman_collection.json`,
    environment: 'newman/local.postman_environment.json',
    envVar: Object.entries(variables).map(([key, value]) => ({ key, value })),
    timeout: RUN_MAX_MS,
    timeoutRequest: REQUEST_MAX_MS,
    reporters: ['junit', 'json'],
    reporter: {
      junit: { export: join(REPORTS, `${junit}.xml`) },
      json: { export: join(REPORTS, `${name}.json`) },
    },
  });
  const { stats, failures, timings } = run;
  if (interrupted) return false;
  console.log(
    `${name}, ${runName}: ${stats.requests.total} requests, ${stats.assertions.total} assertions, ${failures.length} failures, ` +
      `slowest answer ${timings.responseMax} ms`,
  );
  for (const { parent, source, error } of failures.slice(0, FAILURES_SHOWN_MAX)) {
    console.log(`  ${parent?.name} / ${source?.name}\n    ${error.test ?? error.name}: ${error.message}`);
  }
  if (failures.length > FAILURES_SHOWN_MAX) console.log(`  and ${failures.length - FAILURES_SHOWN_MAX} more`);
  const enough = stats.assertions.total >= assertionsMin;
  if (!enough) console.log(`  at least ${assertionsMin} assertions belong to a run`);
  return failures.length === 0 && enough;
}

const { values: options } = parseArgs({ options: { 'base-url': { type: 'string' }, 'admin-key': { type: 'string' } } });
let service;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    interrupted = true;
    await service?.stop();
    process.exit(1);
  });
}

rmSync(REPORTS, { recursive: true, force: true });
process.exitCode = 1;
try {
  if (options['base-url'] === undefined) service = startService();
  const baseUrl = (options['base-url'] ?? (await service.ready)).replace(/\/+$/, '');
  const adminKey = options['admin-key'] ?? (await service?.adminKey());
  let passed = 0;
  while (passed < RUNS.length && (await passes(RUNS[passed], baseUrl, adminKey))) passed += 1;
  if (passed === RUNS.length) process.exitCode = 0;
} catch (error) {
  if (!interrupted) console.log(error.message);
} finally {
  if (process.exitCode !== 0 && service && !interrupted) process.stdout.write(service.output());
  await service?.stop();
}
