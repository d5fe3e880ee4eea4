// `npm test`: everything CI checks, stopping at the first failure. The closing line counts Jest's own results; a step
// that fails otherwise (lint, a coverage threshold, a server that doesn't start) counts as one failure.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';

const steps = [
  { script: 'typecheck' },
  { script: 'lint' },
  { script: 'imports' },
  { script: 'unused' },
  { script: 'test:domain', results: 'reports/jest/domain.json' },
  { script: 'test:unit', results: 'reports/jest/unit.json' },
  { script: 'test:integration', results: 'reports/jest/integration.json' },
];

function run({ script, results }) {
  const jestArgs = results ? ['--', '--json', `--outputFile=${results}`] : [];
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, ...jestArgs], {
    stdio: results ? 'inherit' : 'pipe',
    encoding: 'utf8',
  });
  if (status !== 0 && !results) console.log(stdout + stderr);
  return status === 0;
}

function count(file) {
  try {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 0 }; // Jest didn't get as far as a test
  }
}

rmSync('reports/jest', { recursive: true, force: true });
mkdirSync('reports/jest', { recursive: true });

let passed = 0;
let failed = 0;
for (const step of steps) {
  const started = Date.now();
  const ok = run(step);
  if (step.results) {
    const counted = count(step.results);
    passed += counted.passed;
    failed += counted.failed;
  }
  if (!ok) failed = Math.max(failed, 1);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${step.script} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) break;
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
