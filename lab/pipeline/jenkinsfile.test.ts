import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../../tests/support/missing.ts';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { type Reading, readJenkinsfiles } from './reader.ts';
import { runPipeline } from './runner.ts';
import type { Build } from './steps.ts';

const pipelineOf = (stages: string, more = '') =>
  `pipeline {\n agent { label 'motorpool' }\n stages {\n${stages}\n}\n${more}\n}`;
const stepsOf = (steps: string, more = '') =>
  pipelineOf(`stage('One') { steps {\n sh 'true'\n${steps}\n} }`, more);
const registry =
  "usernamePassword(credentialsId: 'registry', usernameVariable: 'WHO', passwordVariable: 'WORD')";

const jenkinsfile = readFileSync('Jenkinsfile', 'utf8');
const unknown: [what: string, jenkinsfile: string, why: string, given?: Record<string, string>][] = [
  ['a parameter', jenkinsfile, 'The pipeline has no parameter SPEED.', { SPEED: 'fast' }],
  ['a step', stepsOf('script { }'), '`script` is nothing that the lab knows in steps'],
  ["a step that is one of Groovy's methods", stepsOf('sleep 5'), 'not allowed: this.sleep(5)'],
  ['logic', stepsOf("if (true) { sh 'x' }"), 'IfStatements are not allowed'],
  ['a directive', stepsOf('', "triggers { cron('H * * * *') }"), '`triggers` is nothing that the lab knows'],
  ['a post condition', stepsOf('', "post { whenever { sh 'x' } }"), '`whenever` is nothing'],
  ['an option', stepsOf('', 'options { skipDefaultCheckout() }'), '`skipDefaultCheckout` is nothing'],
  ['a unit of time', stepsOf('', "options { timeout(time: 1, unit: 'DAYS') }"), '`timeout` has arguments'],
  ['a number of builds', stepsOf('', "options { buildDiscarder('5') }"), '`buildDiscarder` has arguments'],
  [
    'a condition',
    pipelineOf("stage('One') { when { branch 'main' }\n steps { sh 'x' } }"),
    '`branch` is nothing',
  ],
  [
    'an argument',
    stepsOf("archiveArtifacts(artifacts: 'x', fingerprint: true)"),
    '`archiveArtifacts` has arg',
  ],
  [
    'a report',
    stepsOf(
      "recordCoverage(enabledForFailure: true, failOnError: false, tools: [[parser: 'COBERTURA', pattern: 'x']])",
    ),
    '`recordCoverage` has arg',
  ],
  ['a pattern', stepsOf("junit '**/*.xml'"), '`junit` has arguments'],
  ['a binding', stepsOf("withCredentials([token(variable: 'X')]) { sh 'x' }"), '`token` is nothing'],
  ['a binding for nothing', stepsOf(registry), 'Statement [ExpressionStatement] is not allowed'],
  ['a text alone', stepsOf("'x'"), 'Statement [ExpressionStatement] is not allowed'],
  [
    'a secret in double quotes',
    stepsOf(`withCredentials([${registry}]) { sh "x $WORD" }`),
    '`WORD` is nothing',
  ],
  ['a parameter in a text', stepsOf('sh "x $' + '{params.SPEED}"'), 'The pipeline has no parameter SPEED'],
  ['a variable in a stage', stepsOf("CI = 'false'"), '`CI` cannot be set in steps'],
  [
    'two stages of the same name',
    pipelineOf("stage('A') { steps { sh 'x' } }\n".repeat(2)),
    'the same name: A',
  ],
  ['a block that stands twice', stepsOf('', 'stages { }'), '`stages` stands twice in pipeline'],
  ['a stage without steps', pipelineOf("stage('One') { }"), 'Stage `One` needs either steps or stages'],
  ['a pipeline without an agent', 'pipeline { stages { } }', 'A pipeline needs an agent and stages'],
  ['what stands beside the pipeline', `${stepsOf('')}\nnode { }`, '`node` is nothing that the lab knows'],
];
const cases: [jenkinsfile: string, parameters: Record<string, string>][] = [
  [jenkinsfile, {}],
  [jenkinsfile, { VERSION: '1.2.3', ROLLBACK_TO: '1.2.2', INVENTORY: 'other.yml' }],
  ...unknown.map(([, text, , given = {}]): [string, Record<string, string>] => [text, given]),
];
let readings: Reading[];

describeWith(['groovy'], 'the Jenkinsfile', () => {
  let folder: string;
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };

  beforeAll(async () => {
    readings = await readJenkinsfiles(cases.map(([text, parameters]) => ({ jenkinsfile: text, parameters })));
  }, 60_000);

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

  async function run(reading = readings[0]): Promise<Build> {
    const { pipeline, error } = reading ?? {};
    if (!pipeline) throw new Error(error);
    const login = { username: 'motorpool', password: 's3cret-password' };
    return runPipeline(pipeline, {
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
    const { result, skipped } = await run(readings[1]);
    expect(lines('calls')).toEqual(deployed('other.yml'));
    expect([skipped, result]).toEqual([['New version'], 'SUCCESS']);
  });

  test('ends its builds after an hour, and runs one at a time', () => {
    expect(readings[0]?.pipeline?.options).toEqual({
      ...{ timeout: { time: 60, unit: 'MINUTES' }, disableConcurrentBuilds: true },
      buildDiscarder: { logRotator: { numToKeepStr: '50' } },
    });
  });

  test.each(unknown)('may not have what the lab does not know: %s', (what, _jenkinsfile, why) => {
    const index = unknown.findIndex(([name]) => name === what);
    expect(readings.at(index - unknown.length)?.error).toContain(why);
  });
});
