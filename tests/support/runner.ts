import type { Test, TestRunnerOptions, TestWatcher } from 'jest-runner';
import TestRunner from 'jest-runner';

/** The tests that measure time: side by side they would measure each other. */
const measuring = /\/(tests\/(faults|nginx|people|start|stop)|lab\/(?!pipeline\/).+)\.test\.ts$/;

/** Runs the tests on all workers, and then those that measure time, one file after the other. */
export default class MeasuringLast extends TestRunner {
  override async runTests(tests: Test[], watcher: TestWatcher, options: TestRunnerOptions): Promise<void> {
    const { true: last = [], false: first = [] } = Object.groupBy(
      tests,
      ({ path }) => `${measuring.test(path)}`,
    );
    await super.runTests(first, watcher, options);
    await super.runTests(last, watcher, { serial: true });
  }
}
