const Module = require('node:module');

// Jest loads globalSetup and globalTeardown with Node's own resolver, past moduleNameMapper: let a relative './x.js' that
// isn't there mean './x.ts' for them too.
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  try {
    return resolveFilename.call(this, request, ...rest);
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error;
    return resolveFilename.call(this, request.replace(/\.js$/, '.ts'), ...rest);
  }
};

const project = (name) => ({
  displayName: name,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/test/${name}/**/*.spec.ts`],
  transform: { '\\.ts$': 'ts-jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' }, // sources import './x.js', which is x.ts here
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
});

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    project('domain'),
    project('unit'),
    project('failover'), // three MySQL servers of its own, minutes of load: `npm run test:failover`, no part of `npm test`
    {
      ...project('integration'),
      // one MySQL for all workers, a database of its own for each
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
    {
      ...project('faults'),
      globalSetup: '<rootDir>/test/support/global-faults-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-faults-teardown.ts',
    },
  ],
  maxWorkers: 3, // on two cores: many tests wait for a time-out, or for a process to start
  testTimeout: 30_000,
  // Only `npm run test:domain` collects coverage: the domain has to be covered by its own tests, not by the way.
  collectCoverageFrom: ['src/domain/**/*.ts'],
  coverageDirectory: 'coverage',
  coverageReporters: [['text', { skipFull: true }], 'lcovonly'],
  coverageThreshold: { global: { branches: 100, functions: 100 } },
};
