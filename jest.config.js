/** Tests run one file at a time: those with real servers measure time, on machines with few cores. */
export default {
  transform: {},
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: 1,
  testTimeout: 20_000,
  collectCoverage: process.env.CI === 'true',
  coverageProvider: 'v8',
  coverageDirectory: 'test-output/coverage',
  coverageReporters: ['text', 'lcov', 'cobertura'],
  // A server.ts is only the start of a process; the tests in tests/ run them as processes.
  collectCoverageFrom: ['service*/**/*.ts', '!**/*.test.ts', '!**/server.ts', '!**/test-*.ts'],
  coverageThreshold: { global: { lines: 95 } },
};
