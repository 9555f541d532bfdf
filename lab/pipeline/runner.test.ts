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
    const deaf = 'trap "" TERM; echo $$ >>started; sleep 60';
    const script = `echo '${deaf}' >deaf; sh deaf & setsid sh deaf & wait`;
    // What has ended and whose parent never asks how is a zombie.
    const look = 'wc -l <started; ps -o stat= -p "$(paste -sd, started)" | grep -v ^Z || echo all gone';
    const { result, output } = await run([stage('Slow', [sh(script)]), stage('Next', [{ echo: 'next' }])], {
      options: { timeout: { time: 3, unit: 'SECONDS' } },
      post: { aborted: [sh(look)] },
    });
    expect(output).toMatch(/Timeout has been exceeded.*\n2\n.*\nall gone\n/s);
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
    const options = { disableConcurrentBuilds: true } as const;
    const one = (step: Step) => run([stage('One', [sh('touch ran'), step])]);
    await expect(one(junit)).rejects.toThrow(
      '`junit` comes from the plugin junit, which plugins.txt does not',
    );
    await expect(one(bound(nodes, 'true'))).rejects.toThrow('the plugin ssh-credentials');
    await expect(run([stage('One', [sh('touch ran')])], { options })).rejects.toThrow('plugin workflow-job');
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });
});

const nodes: Binding = { sshUserPrivateKey: { credentialsId: 'nodes', keyFileVariable: 'KEY' } };
const bound = (binding: Binding, script: string): Step => ({
  withCredentials: { bindings: [binding], steps: [sh(script)] },
});
const password = (script: string, credentialsId = 'registry') =>
  bound({ usernamePassword: { credentialsId, usernameVariable: 'WHO', passwordVariable: 'WORD' } }, script);
const junit: Step = { junit: '*.xml' };
const tests = (inner: string) => ({ 'a.xml': `<testsuites><testsuite>${inner}</testsuite></testsuites>` });
const coverage: Step = { recordCoverage: { tools: [{ pattern: 'out/coverage.xml' }] } };
const cobertura = (lines: string) => ({
  'out/coverage.xml': `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.invalid/coverage.dtd">
    <coverage line-rate="0.5">${lines}</coverage>`,
});
const artifacts: Step = { archiveArtifacts: { artifacts: 'out/**/*.txt, *.md' } };
const failed = '<testcase><failure>a &lt; b</failure></testcase><testcase><error/></testcase>';

describe('a step', () => {
  test.each<[fact: string, files: Record<string, string>, steps: Step[], seen: RegExp, ended: string]>([
    [
      'has a password in its block only, and it is masked and counted in what is printed',
      {},
      [password('set +x; test "$WHO" = motorpool; echo "it is $WORD"'), sh('echo "then: $WORD."')],
      /it is \*{4}\n.*then: \.\n/s,
      'SUCCESS, 1 masked',
    ],
    [
      'may use a password without printing it, which counts nothing',
      {},
      [password('printenv WORD | grep -q s3cret-pass')],
      /grep/,
      'SUCCESS, 0 masked',
    ],
    [
      'has a key in a file that nobody else can read, and that is gone afterwards',
      {},
      [
        bound(nodes, 'set +x; cp $KEY copy; stat -c "mode %a" $KEY; printf %s "$KEY" >where'),
        sh('grep -q nodes copy; test ! -e "$(cat where)"'),
      ],
      /mode 600/,
      'SUCCESS, 0 masked',
    ],
    ['has no credentials that do not exist', {}, [password('true', 'x')], /no credentials `x`/, 'FAILURE'],
    ['junit needs a report', {}, [junit], /No test report files were found by `\*\.xml`/, 'FAILURE'],
    ['junit needs XML', { 'a.xml': '<testsuites>' }, [junit], /is no XML/, 'FAILURE'],
    ['junit needs a test', tests('<!-- <testcase/> -->'), [junit], /hold no test case/, 'FAILURE'],
    [
      'junit needs a report of this build',
      tests('<testcase/>'),
      [sh('touch -d "1 hour ago" a.xml'), junit],
      /none of them are new/,
      'FAILURE',
    ],
    [
      'junit counts, and makes a build with failed tests unstable',
      tests(`<testcase name="a>b"/><testcase><skipped/></testcase>${failed}`),
      [junit, sh('find archive -type f')],
      /4 tests, 2 failed, 1 skipped\n.*junit\/a\.xml/s,
      'UNSTABLE',
    ],
    [
      'recordCoverage reads the part of the lines that are covered, without the DTD',
      cobertura('<line number="1" hits="1"/>'),
      [coverage, sh('find archive -type f')],
      /50\.0 % of the lines are covered\n.*coverage\/out\/coverage\.xml/s,
      'SUCCESS',
    ],
    ['recordCoverage needs a report', {}, [coverage], /found 0/, 'FAILURE'],
    ['recordCoverage needs lines', cobertura(''), [coverage], /no Cobertura report with lines/, 'FAILURE'],
    [
      'archiveArtifacts keeps what matches',
      { 'out/deep/a.txt': 'a', 'b.md': 'b', 'c.txt': 'c' },
      [artifacts, sh('find archive -type f | sort')],
      /2 artifacts are kept\n.*\narchive\/artifacts\/b.md\narchive\/artifacts\/out\/deep\/a.txt\n/s,
      'SUCCESS',
    ],
    ['archiveArtifacts needs a match', {}, [artifacts], /No artifacts found that match/, 'FAILURE'],
    [
      'archiveArtifacts may be told to need none',
      {},
      [{ archiveArtifacts: { artifacts: 'out/*', allowEmptyArchive: true } }],
      /0 artifacts are kept/,
      'SUCCESS',
    ],
  ])('%s', async (_fact, files, steps, seen, ended) => {
    for (const [path, text] of Object.entries(files)) write(path, text);
    const { result, output, masked } = await run([stage('One', steps)]);
    expect(output).toMatch(seen);
    expect(output).not.toContain('s3cret-password');
    expect(`${result}, ${masked} masked`).toContain(ended);
  });
});
