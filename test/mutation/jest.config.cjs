// The domain's tests as Stryker runs them: it takes no `projects`, and a score is worth comparing only if the random
// histories are the same each time.
const { projects, testTimeout } = require('../../jest.config.cjs');

/** @type {import('jest').Config} */
module.exports = {
  ...projects.find(({ displayName }) => displayName === 'domain'),
  rootDir: '../..',
  testTimeout,
  setupFiles: ['<rootDir>/test/mutation/fixed-seed.ts'],
  runner: '<rootDir>/test/mutation/first-failure.runner.cjs',
  testSequencer: '<rootDir>/test/mutation/tables-first.sequencer.cjs',
};
