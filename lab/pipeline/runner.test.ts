import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { until } from '../../tests/support/until.ts';
import { readJenkinsfile } from './jenkinsfile.ts';
import { runPipeline } from './runner.ts';
import type { Agent } from './steps.ts';

// Pipelines as they were read: what is run is data, and the shell.
let folder: string;

beforeEach(() => {
  folder = join(temporaryFolder('pipeline').path, 'workspace');
  mkdirSync(folder);
});

function agentWith(files: Record<string, string> = {}): Agent {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return {
    ...{ workspace: folder, archive: join(folder, 'archive'), environment: process.env, approves: false },
    credentials: {
      registry: { username: 'motorpool', password: 's3cret-password' },
      nodes: { key: 'the key\nfor the nodes\n' },
    },
  };
}

function pipelineOf(stages: string, post = '') {
  const parameters = "string(name: 'VERSION', defaultValue: '1.2.3', trim: true, description: '')";
  return readJenkinsfile(`pipeline {
    agent none
    parameters { ${parameters} }
    environment { CI = 'false' }
    stages { stage('All') {
      agent { label 'motorpool' }
      stages { ${stages} }
      ${post}
    } }
  }`);
}

const stage = (name: string, steps: string, post = '') =>
  `stage('${name}') {\n steps { ${steps} }\n ${post}\n}\n`;
const says = "post {\n success { sh 'echo it is well' }\n always { sh 'echo the end' } }";

describe('a pipeline', () => {
  // biome-ignore format: a table, of which each row is read as one
  test.each<[fact: string, stages: string, post: string, seen: RegExp, ended: string]>([
    ['gives each sh the parameters and the environment, and -xe',
      stage('One', `sh 'echo "$VERSION in $CI"'`) + stage('Two', "sh 'false; echo it is well'"), '',
      /\+ echo 1\.2\.3 in false\n1\.2\.3 in false\n.*\+ false\nERROR: script returned exit code 1\n/s, 'FAILURE: One, Two'],
    ['skips the steps and stages after one that failed, and does what post says always',
      stage('One', "sh 'exit 3'\n sh 'echo it is well'", says) + stage('Two', "sh 'true'", says), says,
      /\nthe end\n.*\nthe end\n/s, 'FAILURE: One'],
    ['does what post says always before what it says of success', stage('One', "sh 'true'"), says,
      /\nthe end\n.*\nit is well\n/s, 'SUCCESS: One'],
    ['fails when post fails, and has no success then', stage('One', "sh 'true'"), says.replace('echo the end', 'exit 1'),
      /exit code 1/, 'FAILURE: One'],
  ])('%s', async (_fact, stages, post, seen, ended) => {
    const { result, output, ran } = await runPipeline(pipelineOf(stages, post), agentWith());
    expect(output).toMatch(seen);
    expect(`${result}: ${ran.join(', ')}`).toBe(ended);
    if (result === 'FAILURE') expect(output).not.toContain('\nit is well');
  });

  test('ends with the lab that runs it', async () => {
    const pipeline = JSON.stringify(pipelineOf(stage('Slow', "sh 'sleep 60 & echo $! >pid; wait'")));
    const runner = JSON.stringify(join(import.meta.dirname, 'runner.ts'));
    const lab = `import { runPipeline } from ${runner};
      process.once('SIGTERM', () => process.exit(1));
      runPipeline(${pipeline}, ${JSON.stringify(agentWith())});`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', lab]);
    await until(
      'the step runs',
      () => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8'),
    );
    child.kill();
    await once(child, 'exit');
    const sleep = `/proc/${readFileSync(join(folder, 'pid'), 'utf8').trim()}`;
    // What has ended and whose parent never asks how has no command line.
    await until('it ends', () => !existsSync(sleep) || readFileSync(`${sleep}/cmdline`, 'utf8') === '');
  }, 60_000);
});

const login =
  "usernamePassword(credentialsId: 'registry', usernameVariable: 'WHO', passwordVariable: 'WORD')";
const password = (script: string) => `withCredentials([${login}]) { sh '${script}' }`;
const key = (script: string) =>
  `withCredentials([${login}, sshUserPrivateKey(credentialsId: 'nodes', keyFileVariable: 'KEY'),]) {
    sh '${script}'
  }`;
const junit = "junit 'a.xml'\n";
const tests = (inner: string) => ({ 'a.xml': `<testsuites><testsuite>${inner}</testsuite></testsuites>` });
const coverage =
  "recordCoverage(enabledForFailure: true, failOnError: true, tools: [[parser: 'COBERTURA', pattern: 'out/coverage.xml']])\n";
const cobertura = (packages: string) => ({
  'out/coverage.xml': `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.invalid/coverage.dtd">
    <coverage line-rate="0.5">${packages}</coverage>`,
});
const line = '<line number="1" hits="1"/>';
const method = (name: string, signature = '()V') =>
  `<method name="${name}" signature="${signature}">${line}</method>`;
const classOf = (inner: string) =>
  `<package name="p"><class name="c.ts" filename="p/c.ts">${inner}</class></package>`;
const failed = '<testcase><failure>a &lt; b</failure></testcase><testcase><error/></testcase>';

describe('a step', () => {
  // biome-ignore format: a table, of which each row is read as one
  test.each<[fact: string, files: Record<string, string>, steps: string, seen: RegExp | string, ended: string]>([
    ['has a password in its block only, and it is masked and counted in what is printed', {},
      `${password('set +x; test "$WHO" = motorpool; echo "it is $WORD"')}\n sh 'echo "then: $WORD."'`,
      /it is \*{4}\n.*then: \.\n/s, 'SUCCESS, 1 masked'],
    ['may use a password without printing it, which counts nothing', {},
      password('printenv WORD | grep -q s3cret-pass'), 'grep', 'SUCCESS, 0 masked'],
    ['has a key in a file that nobody else can read, and that is gone afterwards', {},
      `${key('set +x; cp $KEY copy; stat -c "mode %a" $KEY; printf %s "$KEY" >where')}
       sh 'grep -q nodes copy; test ! -e "$(cat where)"'`, 'mode 600', 'SUCCESS, 0 masked'],
    ['junit needs XML', { 'a.xml': '<testsuites>' }, junit, 'a.xml cannot be read', 'FAILURE'],
    ['junit needs a test', tests('<!-- <testcase/> -->'), junit, 'holds no test case', 'FAILURE'],
    ['junit needs a report of this build', tests('<testcase/>'), `sh 'touch -d "1 hour ago" a.xml'\n ${junit}`,
      'a.xml is not of this build', 'FAILURE'],
    ['junit counts, and makes a build with failed tests unstable, which goes on',
      tests(`<testcase name="a>b"/><testcase><skipped/></testcase>${failed}`), `${junit} sh 'find archive -type f'`,
      /4 tests, 2 failed\n.*junit\/a\.xml/s, 'UNSTABLE'],
    ['recordCoverage reads the part of the lines that are covered, without the DTD',
      cobertura(classOf(method('a') + method('a', '(I)V') + method('b') + line)), `${coverage} sh 'find archive -type f'`,
      /50\.0 % of the lines are covered\n.*coverage\/out\/coverage\.xml/s, 'SUCCESS'],
    ['recordCoverage takes no two methods of one name and signature in a class', cobertura(classOf(method('a') + method('a'))),
      `${coverage} sh 'echo it goes on'`, /the same child a\(\)V in c\.ts.*it goes on/s, 'FAILURE'],
    ['recordCoverage takes no class twice in a file', cobertura(classOf('').repeat(2)), coverage, 'the same child p/c.ts: c.ts', 'FAILURE'],
    ['recordCoverage wants what Jenkins wants of a line', cobertura(classOf('<line number="1"/>')), coverage, "attribute 'hits'", 'FAILURE'],
    ['recordCoverage needs data', cobertura(''), coverage, 'It does not contain data', 'FAILURE'],
    ['recordCoverage needs a report', {}, coverage, 'no such file', 'FAILURE'],
  ])('%s', async (_fact, files, steps, seen, ended) => {
    const { result, output, masked } = await runPipeline(pipelineOf(stage('One', steps)), agentWith(files));
    expect(output).toMatch(seen);
    expect(output).not.toContain('s3cret-password');
    expect(`${result}, ${masked} masked`).toContain(ended);
  });
});
