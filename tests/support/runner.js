import TestRunner from 'jest-runner';

// Side by side they would measure each other.
const measuring = /\/(tests\/(hung|overload|stop|nginx-replicas)|lab\/load\/load)\.test\.ts$/;

/** Runs the tests on all workers, and at last those that measure time, one file after the other. */
export default class extends TestRunner {
  async runTests(tests, watcher, options) {
    const last = tests.filter(({ path }) => measuring.test(path));
    const first = tests.filter(test => !last.includes(test));
    if (first.length > 0) await super.runTests(first, watcher, options);
    await super.runTests(last, watcher, { serial: true });
  }
}
