const isCi = process.env.CI === 'true';

export default {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  runner: './tests/support/runner.js',
  maxWorkers: 3, // for two processors: many tests mostly wait
  maxConcurrency: 16,
  testTimeout: 120_000,
  collectCoverage: isCi,
  coverageProvider: 'v8',
  coverageDirectory: 'test-output/coverage',
  coverageReporters: ['text', 'lcov', `${import.meta.dirname}/tests/support/cobertura.js`],
  // A server.ts is only the start of a process; the tests in tests/ run them as processes.
  collectCoverageFrom: ['service*/**/*.ts', '!**/*.test.ts', '!**/server.ts', '!**/test-*.ts'],
  // Without the real parts, which only CI insists on, less is run.
  ...(isCi ? { coverageThreshold: { global: { lines: 95 } } } : {}),
};
