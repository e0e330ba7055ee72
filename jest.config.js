const lanes = require('./test/support/lanes.cjs');

/** What both lanes share. */
const lane = {
  rootDir: __dirname,
  testEnvironment: '<rootDir>/test/support/ending-environment.cjs',
  transform: { '\\.ts$': '@swc/jest' },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  cacheDirectory: '<rootDir>/dist/.jest',
};

/** @type {import('jest').Config} */
module.exports = {
  maxWorkers: 2,
  testTimeout: 60_000,
  reporters: ['default', '<rootDir>/test/support/slowest-files.cjs'],
  testSequencer: '<rootDir>/test/support/slow-first.cjs',
  projects: [
    // Needs no server: seconds.
    { ...lane, displayName: 'pure', testMatch: lanes.pure, setupFiles: ['<rootDir>/test/support/no-servers.cjs'] },
    // Real Temporal, real PostgreSQL: started when a file asks for them.
    {
      ...lane,
      displayName: 'real',
      testMatch: lanes.real,
      globalSetup: '<rootDir>/test/support/global-setup.ts',
      globalTeardown: '<rootDir>/test/support/global-teardown.ts',
    },
  ],
};
