import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import type { Binding, Pipeline, Stage, Step } from './reader.ts';
import { runPipeline } from './runner.ts';

// Pipelines as they were read: what is run is data, and the shell.
let folder: string;

beforeEach(() => {
  folder = temporaryFolder('pipeline').path;
  write('jenkins/plugins.txt', readFileSync('jenkins/plugins.txt', 'utf8'));
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

const archived = (path: string) => existsSync(join(folder, 'archive', path));
const sh = (script: string): Step => ({ sh: script });
const stage = (name: string, steps: Step[], more: Partial<Stage> = {}): Stage => ({
  ...{ name, runs: true, steps, post: {}, ...more },
});

function run(stages: Stage[], more: Partial<Pipeline> = {}) {
  const pipeline = { options: {}, parameters: {}, environment: {}, stages, post: {}, ...more };
  const login = { username: 'motorpool', password: 's3cret-password' };
  return runPipeline(pipeline, {
    ...{ workspace: folder, archive: join(folder, 'archive'), environment: process.env, number: 7 },
    credentials: { registry: login, nodes: { key: 'the key\nfor the nodes\n' } },
  });
}

const runSteps = (...steps: Step[]) => run([stage('One', steps)]);

describe('a pipeline', () => {
  test('runs stage after stage, each sh with the parameters, the environment and -xe, until one fails', async () => {
    const variables = { parameters: { VERSION: '1.2.3', CI: 'x' }, environment: { CI: 'false' } };
    const { result, output } = await run(
      [stage('One', [sh('echo "$VERSION in $CI of $JOB_NAME"')]), stage('Two', [sh('false; echo went on')])],
      variables,
    );
    expect(output).toContain('+ echo 1.2.3 in false of motorpool\n1.2.3 in false of motorpool\n');
    expect(output).toContain('+ false\nERROR: script returned exit code 1\n');
    expect(output).not.toContain('went on');
    expect(result).toBe('FAILURE');
  });

  test('skips the stages after one that failed, and does what post says for it', async () => {
    const says = (text: string) => [{ echo: text }];
    const post = { failure: says('it failed'), success: says('it is well'), always: says('the end') };
    const { result, output, ran, skipped } = await run(
      [stage('One', [sh('exit 3'), { echo: 'went on' }], { post }), stage('Two', [sh('true')], { post })],
      { post },
    );
    expect(output.match(/the end\n.*\n.*\nit failed/g)).toHaveLength(2);
    expect(output).not.toMatch(/it is well|went on/);
    expect([ran, skipped, result]).toEqual([['One'], ['Two'], 'FAILURE']);
  });

  test('fails when post fails, and still does the rest of it', async () => {
    const post = {
      always: [sh('exit 1')],
      failure: [{ echo: 'it failed' }],
      success: [{ echo: 'it is well' }],
    };
    const { result, output } = await run([stage('One', [sh('true')])], { post });
    expect([result, /it failed/.test(output), /it is well/.test(output)]).toEqual(['FAILURE', true, false]);
  });

  test('leaves out the stages whose condition is false', async () => {
    const inner = [stage('Inner', [{ echo: 'in' }])];
    const outer = (runs: boolean): Stage => ({ name: 'Outer', runs, stages: inner, post: {} });
    const { result, ran } = await run([outer(true), stage('After', [{ echo: 'after' }])]);
    expect([ran, result]).toEqual([['Inner', 'After'], 'SUCCESS']);
    const without = await run([outer(false), stage('After', [{ echo: 'after' }])]);
    expect([without.ran, without.skipped, without.result]).toEqual([['After'], ['Outer'], 'SUCCESS']);
  });

  test('ends what runs when the time is over, with all that it started, and still does what post says', async () => {
    const deaf = 'trap "" TERM; echo $$ >>started; sleep 60; touch survived';
    const script = `echo '${deaf}' >deaf; sh deaf & setsid sh deaf & wait`;
    const { result, output } = await run([stage('Slow', [sh(script)]), stage('Next', [{ echo: 'next' }])], {
      options: { timeout: { time: 3, unit: 'SECONDS' } },
      post: {
        aborted: [sh('wc -l <started; for pid in $(cat started); do ! ps -p $pid; done; echo all gone')],
      },
    });
    expect(output).toMatch(/Timeout has been exceeded[\s\S]*\n2\n[\s\S]*\nall gone\n/);
    expect(output).not.toContain('next');
    expect(result).toBe('ABORTED');
  });

  test('never runs twice at once in a workspace when that is switched off', async () => {
    const alone = [stage('Alone', [sh('mkdir alone; sleep 0.5; rmdir alone')])];
    const options = { disableConcurrentBuilds: true } as const;
    const builds = await Promise.all([run(alone, { options }), run(alone, { options })]);
    expect(builds.map(({ result }) => result)).toEqual(['SUCCESS', 'SUCCESS']);
  });

  test('does not run with a step, an option or a binding whose plugin is not pinned', async () => {
    const pinned = readFileSync('jenkins/plugins.txt', 'utf8');
    write('jenkins/plugins.txt', pinned.replace(/^(junit|ssh-credentials|workflow-job):/gm, '# $1:'));
    const within = { bindings: [nodes], steps: [sh('touch ran')] };
    await expect(runSteps(sh('touch ran'), { junit: 'junit.xml' })).rejects.toThrow('`junit` comes from');
    await expect(runSteps({ withCredentials: within })).rejects.toThrow('the plugin ssh-credentials, which');
    const options = { disableConcurrentBuilds: true } as const;
    await expect(run([stage('One', [sh('touch ran')])], { options })).rejects.toThrow('plugin workflow-job');
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});

const registry = (credentialsId: string): Binding => ({
  usernamePassword: { credentialsId, usernameVariable: 'WHO', passwordVariable: 'WORD' },
});
const nodes: Binding = { sshUserPrivateKey: { credentialsId: 'nodes', keyFileVariable: 'KEY' } };
const withCredentials = (binding: Binding, script: string): Step => ({
  withCredentials: { bindings: [binding], steps: [sh(script)] },
});

describe('withCredentials', () => {
  test('gives a password to its block only, and masks and counts it in what is printed', async () => {
    const { result, output, masked } = await runSteps(
      withCredentials(registry('registry'), 'set +x; test "$WHO" = motorpool; echo "it is $WORD"'),
      sh('echo "then: $WORD."'),
    );
    expect(output).toContain('it is ****\n');
    expect(output).toContain('then: .\n');
    expect(output).not.toContain('s3cret-password');
    expect([masked, result]).toEqual([1, 'SUCCESS']);
  });

  test('counts nothing where a secret is used and not printed', async () => {
    const { result, masked } = await runSteps(
      withCredentials(registry('registry'), 'printenv WORD | grep -q s3cret-pass'),
    );
    expect([masked, result]).toEqual([0, 'SUCCESS']);
  });

  test('gives a key in a file that nobody else can read, and that is gone afterwards', async () => {
    const { result, output } = await runSteps(
      withCredentials(nodes, 'set +x; cp $KEY copy; stat -c "mode %a" $KEY; printf %s "$KEY" >where'),
      sh('grep -q nodes copy; test ! -e "$(cat where)"'),
    );
    expect(output).toContain('mode 600');
    expect(result).toBe('SUCCESS');
  });

  test('refuses credentials that do not exist', async () => {
    const { result, output } = await runSteps(withCredentials(registry('other'), 'touch ran'));
    expect(output).toContain('There are no credentials `other`');
    expect([existsSync(join(folder, 'ran')), result]).toEqual([false, 'FAILURE']);
  });
});

describe('junit', () => {
  const report = (inner: string) => `<testsuites><testsuite>${inner}</testsuite></testsuites>`;

  test.each([
    ['no report', '', 'true', 'No test report files were found by `*.xml`'],
    ['a report that is no XML', '<testsuites>', 'true', 'is no XML'],
    ['a report without a test', report('<!-- <testcase/> -->'), 'true', 'hold no test case'],
    ['a report of before', report('<testcase/>'), 'touch -d "1 hour ago" junit.xml', 'none of them are new'],
  ])('refuses %s', async (_what, xml, script, message) => {
    if (xml) write('junit.xml', xml);
    const { result, output } = await runSteps(sh(script), { junit: '*.xml' });
    expect(output).toContain(message);
    expect(result).toBe('FAILURE');
  });

  test('counts, keeps the report, and makes a build with a failed test unstable', async () => {
    const failed = '<testcase><failure>a &lt; b</failure></testcase><testcase><error/></testcase>';
    write('junit.xml', report(`<testcase name="a>b"/><testcase><skipped/></testcase>${failed}`));
    const post = { unstable: [{ echo: 'it is unstable' }] };
    const { result, output } = await run([stage('One', [{ junit: 'junit.xml' }])], { post });
    expect(output).toContain('4 tests, 2 failed, 1 skipped');
    expect(output).toContain('it is unstable');
    expect([archived('junit/junit.xml'), result]).toEqual([true, 'UNSTABLE']);
  });
});

describe('recordCoverage and archiveArtifacts', () => {
  const record: Step = { recordCoverage: { tools: [{ pattern: 'out/coverage.xml' }] } };
  const cobertura = (lines: string) =>
    `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.invalid/coverage.dtd">
     <coverage line-rate="0.5">${lines}</coverage>`;

  test('reads the part of the lines that are covered, without asking the network for the DTD', async () => {
    write('out/coverage.xml', cobertura('<line number="1" hits="1"/>'));
    const { result, output } = await runSteps(record);
    expect(output).toContain('50.0 % of the lines are covered');
    expect([archived('coverage/out/coverage.xml'), result]).toEqual([true, 'SUCCESS']);
  });

  test('refuses a report that is missing or has no lines', async () => {
    expect((await runSteps(record)).output).toContain('found 0');
    write('out/coverage.xml', cobertura(''));
    expect((await runSteps(record)).output).toContain('is no Cobertura report with lines in it');
  });

  test('keeps what matches, and fails where nothing does unless that is allowed', async () => {
    const artifacts = 'out/**/*.txt, *.md';
    expect((await runSteps({ archiveArtifacts: { artifacts } })).result).toBe('FAILURE');
    const lenient = await runSteps({ archiveArtifacts: { artifacts, allowEmptyArchive: true } });
    expect(lenient.result).toBe('SUCCESS');
    write('out/deep/a.txt', 'a');
    write('b.md', 'b');
    const { result, output } = await runSteps({ archiveArtifacts: { artifacts } });
    expect(output).toContain('2 artifacts are kept');
    expect([archived('artifacts/out/deep/a.txt'), archived('artifacts/b.md')]).toEqual([true, true]);
    expect(result).toBe('SUCCESS');
  });
});
