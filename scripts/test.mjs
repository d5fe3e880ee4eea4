// `npm test`: everything CI checks, stopping at the first failure. The closing line counts Jest's tests and Newman's
// assertions; a step that fails otherwise (lint, a coverage threshold, a server that doesn't start) counts as one failure.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { text } from 'node:stream/consumers';

// Side by side: lint takes as long on one core as all the others.
const quick = [
  [{ script: 'lint' }],
  [{ script: 'typecheck' }, { script: 'imports' }, { script: 'unused' }, jest('domain'), jest('unit')],
];
const slow = [
  jest('integration'),
  { ...jest('faults'), env: { FAULTS: 'short' } },
  { script: 'test:newman', results: 'reports/newman/ota-channel-management.json', count: ofNewman },
];

function jest(project) {
  const results = `reports/jest/${project}.json`;
  return { script: `test:${project}`, args: ['--', '--json', `--outputFile=${results}`], results, count: ofJest };
}

async function run({ script, args = [], results, env }) {
  const child = spawn('npm', ['run', '--silent', script, ...args], {
    env: { ...process.env, ...env },
    stdio: results ? 'inherit' : ['inherit', 'pipe', 'pipe'],
  });
  const said = results ? [] : [text(child.stdout), text(child.stderr)];
  const [status] = await once(child, 'close');
  if (status !== 0 && !results) console.log((await Promise.all(said)).join(''));
  return status === 0;
}

function count({ results, count: read }) {
  try {
    return read(JSON.parse(readFileSync(results, 'utf8')));
  } catch {
    return { passed: 0, failed: 0 }; // it didn't get as far as a test
  }
}

function ofJest({ numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

/** Of the last run. A failure may also be a request without an answer, or a script that threw. */
function ofNewman({ run: { stats, failures } }) {
  return { passed: stats.assertions.total - stats.assertions.failed, failed: failures.length };
}

for (const folder of ['reports/jest', 'reports/newman']) rmSync(folder, { recursive: true, force: true });
mkdirSync('reports/jest', { recursive: true });

let passed = 0;
let failed = 0;

async function inTurn(steps) {
  for (const step of steps) {
    if (failed > 0) return;
    const started = Date.now();
    const ok = await run(step);
    const counted = step.results ? count(step) : { passed: 0, failed: 0 };
    passed += counted.passed;
    failed += ok ? counted.failed : Math.max(counted.failed, 1);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.script} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  }
}

await Promise.all(quick.map(inTurn));
await inTurn(slow);

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
