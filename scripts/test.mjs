// `npm test`: everything CI checks, stopping at the first failure. The closing line counts Jest's tests and Newman's
// assertions; a step that fails otherwise (lint, a coverage threshold, a server that doesn't start) counts as one failure.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

const steps = [
  { script: 'typecheck' },
  { script: 'lint' },
  { script: 'imports' },
  { script: 'unused' },
  jest('domain'),
  jest('unit'),
  jest('integration'),
  { ...jest('faults'), env: { FAULTS: 'short' } },
  { script: 'test:newman', results: 'reports/newman/ota-channel-management.json', count: ofNewman },
];

function jest(project) {
  const results = `reports/jest/${project}.json`;
  return { script: `test:${project}`, args: ['--', '--json', `--outputFile=${results}`], results, count: ofJest };
}

function run({ script, args = [], results, env }) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, ...args], {
    env: { ...process.env, ...env },
    stdio: results ? 'inherit' : 'pipe',
    encoding: 'utf8',
  });
  if (status !== 0 && !results) console.log(stdout + stderr);
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
for (const step of steps) {
  const started = Date.now();
  const ok = run(step);
  if (step.results) {
    const counted = count(step);
    passed += counted.passed;
    failed += counted.failed;
  }
  if (!ok) failed = Math.max(failed, 1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.script} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) break;
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
