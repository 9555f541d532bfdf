import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { readJenkinsfile, wordsOf } from './jenkinsfile.ts';
import { runPipeline } from './runner.ts';
import type { Build } from './steps.ts';

const jenkinsfile = readFileSync('Jenkinsfile', 'utf8');
const pipelineOf = (stages: string, more = '') =>
  `pipeline {\n agent { label 'motorpool' }\n stages {\n${stages}\n}\n${more}\n}`;
const stepsOf = (steps: string, more = '') =>
  pipelineOf(`stage('One') { steps {\n sh 'true'\n${steps}\n} }`, more);
const registry =
  "usernamePassword(credentialsId: 'registry', usernameVariable: 'WHO', passwordVariable: 'WORD')";

// biome-ignore format: a table, of which each row is read as one
test.each<[what: string, jenkinsfile: string, why: string, given?: Record<string, string>]>([
  ['a parameter', jenkinsfile, 'The pipeline has no parameter SPEED.', { SPEED: 'fast' }],
  ['a step', stepsOf('script { }'), '`script` is nothing that the lab knows in steps'],
  ["a step that is a method of all objects", stepsOf('toString()'), '`toString` is nothing that the lab knows'],
  ['logic', stepsOf("if (true) { sh 'x' }"), '`if` is nothing that the lab knows'],
  ['a directive', stepsOf('', "triggers { cron('H * * * *') }"), '`triggers` is nothing that the lab knows'],
  ['a post condition', stepsOf('', "post { whenever { sh 'x' } }"), '`whenever` is nothing'],
  ['an option', stepsOf('', 'options { skipDefaultCheckout() }'), '`skipDefaultCheckout` is nothing'],
  ['a unit of time', stepsOf('', "options { timeout(time: 1, unit: 'DAYS') }"), 'not know `timeout` with'],
  ['a number of builds', stepsOf('', "options { buildDiscarder('5') }"), 'not know `buildDiscarder` with'],
  ['a condition', pipelineOf("stage('One') { when { branch 'main' }\n steps { sh 'x' } }"), '`branch` is nothing'],
  ['an argument', stepsOf("archiveArtifacts(artifacts: 'x', fingerprint: true)"), 'not know `archiveArtifacts` with'],
  ['two texts', stepsOf("sh('x', 'y')"), 'not know `sh` with'],
  ['a name beside a text', stepsOf("sh('x', label: 'y')"), 'not know names beside values'],
  ['a report', stepsOf("recordCoverage(enabledForFailure: true, failOnError: false, tools: [[parser: 'COBERTURA', pattern: 'x']])"), 'not know `recordCoverage` with'],
  ['a pattern', stepsOf("junit '**/*.xml'"), 'not know `junit` with'],
  ['a binding', stepsOf("withCredentials([token(variable: 'X')]) { sh 'x' }"), 'not know `withCredentials` with'],
  ['a binding for nothing', stepsOf(registry), '`usernamePassword` is nothing'],
  ['a text alone', stepsOf("'x'"), 'is nothing that the lab knows'],
  ['a secret in double quotes', stepsOf(`withCredentials([${registry}]) { sh "x $WORD" }`), '`$` in a text is nothing'],
  ['a parameter in a text', stepsOf('sh "x $' + '{params.SPEED}"'), 'The pipeline has no parameter SPEED'],
  ['a parameter that all objects have', stepsOf('sh "x $' + '{params.constructor}"'), 'no parameter constructor'],
  ['an escape', stepsOf("sh 'a\\n'"), 'The lab does not know'],
  ['a variable in a stage', stepsOf("CI = 'false'"), '`=` is nothing that the lab knows in steps'],
  ['two stages of the same name', pipelineOf("stage('A') { steps { sh 'x' } }\n".repeat(2)), 'the same name: "A"'],
  ['a block that stands twice', stepsOf('', "stages { stage('B') { steps { sh 'x' } } }"), '`stages` stands twice in pipeline'],
  ['a stage without steps', pipelineOf("stage('One') { post { always { sh 'x' } } }"), 'needs either steps or stages'],
  ['a block without words', stepsOf('', 'options { }'), 'There is nothing in options'],
  ['a block without an end', stepsOf('').slice(0, -2), 'nothing but `}`'],
  ['a pipeline without an agent', "pipeline { stages { stage('A') { steps { sh 'x' } } } }", 'needs an agent and stages'],
  ['what stands beside the pipeline', `${stepsOf('')}\nnode { }`, '`node` is nothing that the lab knows'],
])('a Jenkinsfile may not have what the lab does not know: %s', (_what, text, why, ...[given]) => {
  expect(() => readJenkinsfile(text, given)).toThrow(why);
});

describe('the Jenkinsfile', () => {
  let folder: string;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  // Stand-ins for all that its shell lines call: they write down how they were called.
  beforeEach(() => {
    folder = temporaryFolder('pipeline').path;
    const login = 'echo "$REGISTRY_USER:$REGISTRY_PASSWORD" >>given';
    const isTest = 'if [ "$1" = test ]; then cp -r reports test-output; ! test -e failing; fi';
    write('bin/npm', `#!/bin/sh\necho "npm $*" >>calls\n${isTest}\n`);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    write('reports/junit.xml', '<testsuite><testcase name="a"/></testsuite>');
    write('reports/coverage/cobertura-coverage.xml', '<coverage line-rate="1"><line number="1"/></coverage>');
    write('scripts/build-images.sh', 'echo build-images >>calls\n');
    write(
      'scripts/push-images.sh',
      `echo push-images >>calls\n${login}\necho digest >test-output/images.txt\n`,
    );
    write('scripts/run-playbook.sh', `echo "run-playbook $*" >>calls\n${login}\ncat "$NODES_KEY" >>given\n`);
  });

  function run(parameters: Record<string, string> = {}): Promise<Build> {
    const login = { username: 'motorpool', password: 's3cret-password' };
    return runPipeline(readJenkinsfile(jenkinsfile, parameters), {
      ...{ workspace: folder, archive: join(folder, 'archive') },
      credentials: { registry: login, nodes: { key: 'the key\n' } },
      environment: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}` },
    });
  }

  const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');
  const tested = ['npm run check', 'npm test -- --coverage --reporters=default --reporters=jest-junit'];
  const deployed = (inventory: string) => [
    `run-playbook ${inventory}`,
    `npm run verify -- ${inventory}`,
    `npm run what-runs -- ${inventory}`,
  ];

  test('checks, tests, builds, pushes, deploys and verifies, publishes what was made, and shows no secret', async () => {
    const { result, output, masked } = await run();
    const made = ['build-images', 'push-images'];
    expect(lines('calls')).toEqual([...tested, ...made, ...deployed('ansible/inventory.yml')]);
    const login = 'motorpool:s3cret-password';
    expect(lines('given')).toEqual([login, login, 'the key']);
    expect(existsSync(join(folder, 'archive/junit/test-output/junit.xml'))).toBe(true);
    expect(existsSync(join(folder, 'archive/artifacts/test-output/images.txt'))).toBe(true);
    expect(output).toContain('100.0 % of the lines are covered');
    expect([result, masked]).toEqual(['SUCCESS', 0]);
  });

  test('stops before Build when a test fails, publishes its report, and says what runs', async () => {
    write('failing', '');
    const { result, ran } = await run();
    expect(lines('calls')).toEqual([...tested, 'npm run what-runs -- ansible/inventory.yml']);
    expect(existsSync(join(folder, 'archive/junit/test-output/junit.xml'))).toBe(true);
    expect([ran, result]).toEqual([['Check', 'Test'], 'FAILURE']);
  });

  test('only deploys and verifies with ROLLBACK_TO', async () => {
    const { result, skipped } = await run({ VERSION: '1.2.3', ROLLBACK_TO: '1.2.2', INVENTORY: 'other.yml' });
    expect(lines('calls')).toEqual(deployed('other.yml'));
    expect([skipped, result]).toEqual([['New version'], 'SUCCESS']);
  });

  test('ends its builds after an hour, and runs one at a time', () => {
    expect(
      wordsOf(readJenkinsfile(jenkinsfile).block, 'options').map(({ word, given }) => [word, given]),
    ).toEqual([
      ['timeout', { time: 60, unit: 'MINUTES' }],
      ['disableConcurrentBuilds', undefined],
      ['buildDiscarder', { logRotator: { numToKeepStr: '50' } }],
    ]);
  });
});
