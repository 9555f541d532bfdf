import { existsSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { describeWith } from '../../tests/support/missing.ts';
import { makeTestRun, pipelineOf, type TestRun } from './test-run.ts';

let made: TestRun[] = [];

afterEach(() => {
  for (const one of made) one.remove();
  made = [];
});

function given(steps: string): TestRun {
  const one = makeTestRun(pipelineOf(`stage('One') { steps {\n${steps}\n} }`));
  made.push(one);
  return one;
}

const registry =
  "usernamePassword(credentialsId: 'registry', usernameVariable: 'WHO', passwordVariable: 'WORD')";
const nodes = "sshUserPrivateKey(credentialsId: 'nodes', keyFileVariable: 'KEY')";
const cobertura = (lines: string) =>
  `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.invalid/coverage.dtd">
   <coverage line-rate="0.5">${lines}</coverage>`;

describeWith(['groovy'], 'withCredentials', () => {
  test('gives a password to its block only, and masks and counts it in what is printed', async () => {
    const { code, output } = await given(
      `withCredentials([${registry}]) { sh 'test "$WHO" = motorpool; echo "it is $WORD"' }\nsh 'echo "then: $WORD."'`,
    ).run();
    expect(output).toContain('it is ****');
    expect(output).toContain('then: .');
    expect(output).not.toContain('s3cret');
    expect(output).toMatch(/Masked: [1-9]/);
    expect(code).toBe(0);
  });

  test('counts nothing where a secret is used and not printed', async () => {
    const { code, output } = await given(
      `withCredentials([${registry}]) { sh 'printenv WORD | grep -q s3cret' }`.replace('s3cret', 's3c'),
    ).run();
    expect(output).toContain('Masked: 0');
    expect(code).toBe(0);
  });

  test('gives a key in a file that nobody else can read, and that is gone afterwards', async () => {
    const pipeline = given(
      `withCredentials([${nodes}]) { sh 'set +x; cp $KEY copy; stat -c "mode %a" $KEY; printf %s "$KEY" >where' }
       sh 'grep -q nodes copy; test ! -e "$(cat where)"'`,
    );
    const { code, output } = await pipeline.run();
    expect(output).toContain('mode 600');
    expect(code).toBe(0);
  });

  test('refuses a secret in the text of a script, and credentials that do not exist', async () => {
    const loud = await given(`withCredentials([${registry}]) { sh "echo s3cret-password" }`).run();
    expect(loud.output).toContain('write it in single quotes');
    const none = await given(
      `withCredentials([${registry.replace("'registry'", "'other'")}]) { sh 'true' }`,
    ).run();
    expect(none.output).toContain('There are no credentials `other`');
    expect([loud.code, none.code]).toEqual([1, 1]);
  });
});

describeWith(['groovy'], 'junit', () => {
  const report = (inner: string) => `<testsuites><testsuite>${inner}</testsuite></testsuites>`;

  test.each([
    ['no report', '', 'No test report files were found by `junit.xml`'],
    ['a report that is no XML', '<testsuites>', 'is no XML'],
    ['a report without a test', report(''), 'hold no test case'],
  ])('refuses %s', async (_what, xml, message) => {
    const pipeline = given(`${xml ? `sh 'cp given.xml junit.xml'\n` : ''}junit 'junit.xml'`);
    pipeline.write('given.xml', xml);
    const { code, output } = await pipeline.run();
    expect(output).toContain(message);
    expect(code).toBe(1);
  });

  test('refuses a report of an earlier run', async () => {
    const pipeline = given("sh 'touch -d \"1 hour ago\" junit.xml'\njunit 'junit.xml'");
    pipeline.write('junit.xml', report('<testcase name="a"/>'));
    expect((await pipeline.run()).output).toContain('none of them are new');
  });

  test('counts, keeps the report, and makes a run with a failed test unstable', async () => {
    const pipeline = given("sh 'touch junit.xml'\njunit 'junit.xml'");
    pipeline.write('junit.xml', report('<testcase name="a"/><testcase name="b"><failure/></testcase>'));
    const { code, output, archived } = await pipeline.run();
    expect(output).toContain('2 tests, 1 failed, 0 skipped');
    expect(output).toContain('Finished: UNSTABLE');
    expect(archived).toContain('junit/junit.xml');
    expect(code).toBe(1);
  });
});

describeWith(['groovy'], 'recordCoverage and archiveArtifacts', () => {
  const record = "recordCoverage(tools: [[parser: 'COBERTURA', pattern: 'out/coverage.xml']])";

  test('reads the part of the lines that are covered, without asking the network for the DTD', async () => {
    const pipeline = given(record);
    pipeline.write('out/coverage.xml', cobertura('<line number="1" hits="1"/>'));
    const { code, output, archived } = await pipeline.run();
    expect(output).toContain('50.0 % of the lines are covered');
    expect(archived).toContain('coverage/out/coverage.xml');
    expect(code).toBe(0);
  });

  test('refuses a report that is missing or has no lines', async () => {
    const pipeline = given(record);
    expect((await pipeline.run()).output).toContain('found 0');
    pipeline.write('out/coverage.xml', cobertura(''));
    expect((await pipeline.run()).code).toBe(1);
  });

  test('keeps what matches, and fails where nothing does unless that is allowed', async () => {
    const pipeline = given("archiveArtifacts(artifacts: 'out/**/*.txt, *.md')");
    expect((await pipeline.run()).code).toBe(1);
    pipeline.write('out/deep/a.txt', 'a');
    pipeline.write('b.md', 'b');
    const { code, archived } = await pipeline.run();
    expect(archived).toEqual(expect.arrayContaining(['artifacts/out/deep/a.txt', 'artifacts/b.md']));
    expect(code).toBe(0);
    expect(existsSync(pipeline.folder)).toBe(true);
    const lenient = given("archiveArtifacts(allowEmptyArchive: true, artifacts: 'out/*')");
    expect((await lenient.run()).code).toBe(0);
  });
});
