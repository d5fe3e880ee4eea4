// Mutation testing of the rules: docs/mutation-testing.md says how to read it. `npm test` leaves it out, as it runs the
// domain's tests once for each of several hundred mutants.
export default {
  mutate: ['src/domain/**/*.ts'],
  testRunner: 'jest',
  jest: { configFile: 'test/mutation/jest.config.cjs' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // For a mutant that never ends. Generous, as whatever is slow for another reason would count as killed.
  timeoutMS: 30_000,
  thresholds: { high: 95, low: 90, break: 90 },
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  incrementalFile: 'reports/mutation/incremental.json',
  // The copy that is mutated: what the domain's tests read, no more.
  ignorePatterns: [
    '**',
    '!tsconfig.json',
    '!jest.config.cjs',
    '!docs/api.md',
    '!src/domain/**',
    '!test/domain/**',
    '!test/mutation/**',
  ],
  tempDirName: 'reports/mutation/sandbox',
  cleanTempDir: 'always',
};
