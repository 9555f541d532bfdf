import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../../tests/support/missing.ts';
import { makeTestRun, type TestRun } from './test-run.ts';

// This project's Jenkinsfile, with stand-ins for all that its shell lines call: they write down how they were called.
let pipeline: TestRun;

beforeEach(() => {
  pipeline = makeTestRun(readFileSync('Jenkinsfile', 'utf8'));
  pipeline.program(
    'npm',
    'echo "npm $*" >>calls\ncase $1 in test) cp -r reports test-output && ! test -e failing ;; esac',
  );
  pipeline.write('reports/junit.xml', '<testsuites><testsuite><testcase name="a"/></testsuite></testsuites>');
  pipeline.write(
    'reports/coverage/cobertura-coverage.xml',
    '<coverage line-rate="1"><line number="1"/></coverage>',
  );
  const password = 'echo "$REGISTRY_USER:$REGISTRY_PASSWORD" >>given';
  pipeline.write('scripts/build-images.sh', 'echo build-images >>calls\n');
  pipeline.write(
    'scripts/push-images.sh',
    `echo push-images >>calls\n${password}\necho digest >test-output/images.txt\n`,
  );
  pipeline.write(
    'scripts/run-playbook.sh',
    `echo "run-playbook $*" >>calls\n${password}\ncat "$NODES_KEY" >>given\n`,
  );
});

afterEach(() => pipeline.remove());

const calls = () => readFileSync(join(pipeline.folder, 'calls'), 'utf8').trim().split('\n');
const tested = ['npm run check', 'npm test -- --coverage --reporters=default --reporters=jest-junit'];
const deployed = ['run-playbook ansible/inventory.yml', 'npm run verify -- ansible/inventory.yml'];
const said = 'npm run what-runs -- ansible/inventory.yml';

describeWith(['groovy'], 'the Jenkinsfile', () => {
  test('checks, tests, builds, pushes, deploys and verifies, and publishes what was made', async () => {
    const { code, output, archived } = await pipeline.run();
    expect(calls()).toEqual([...tested, 'build-images', 'push-images', ...deployed, said]);
    expect(archived).toEqual(
      expect.arrayContaining(['junit/test-output/junit.xml', 'artifacts/test-output/images.txt']),
    );
    expect(output).toContain('100.0 % of the lines are covered');
    expect(code).toBe(0);
  });

  test('gives the credentials to those that need them, and prints none', async () => {
    const { output } = await pipeline.run();
    const login = 'motorpool:s3cret-password\n';
    expect(readFileSync(join(pipeline.folder, 'given'), 'utf8')).toBe(
      `${login}${login}the key\nfor the nodes\n`,
    );
    expect(output).toContain('Masked: 0\n');
  });

  test('stops before Build when a test fails, publishes its report, and says what runs', async () => {
    pipeline.write('failing', '');
    const { code, output, archived } = await pipeline.run();
    expect(calls()).toEqual([...tested, said]);
    expect(archived).toContain('junit/test-output/junit.xml');
    expect(output).toContain('Stage "Build" skipped due to earlier failure(s)');
    expect(code).toBe(1);
  });

  test('only deploys and verifies with ROLLBACK_TO', async () => {
    const { code } = await pipeline.run('ROLLBACK_TO=1.2.2');
    expect(calls()).toEqual([...deployed, said]);
    expect(existsSync(join(pipeline.folder, 'test-output'))).toBe(false);
    expect(code).toBe(0);
  });
});
