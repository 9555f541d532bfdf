import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { readJenkinsfile, wordsOf } from './jenkinsfile.ts';
import { runPipeline } from './runner.ts';
import type { Build } from './steps.ts';

const jenkinsfile = readFileSync('Jenkinsfile', 'utf8');
const pipelineOf = (stages: string, more = '') =>
  `pipeline {\n agent none\n stages {\n${stages}\n}\n${more}\n}`;
const stageOf = (more: string) => pipelineOf(`stage('One') {\n agent { label 'motorpool' }\n${more}\n}`);
const whenOf = (conditions: string) => stageOf(`when { ${conditions} }\n steps { sh 'x' }`);
const stepsOf = (steps: string, more = '') =>
  pipelineOf(`stage('One') {\n agent { label 'motorpool' }\n steps {\n sh 'true'\n${steps}\n} }`, more);
const registry =
  "usernamePassword(credentialsId: 'registry', usernameVariable: 'WHO', passwordVariable: 'WORD')";

// biome-ignore format: a table, of which each row is read as one
test.each<[what: string, jenkinsfile: string, why: string, given?: Record<string, string>]>([
  ['a parameter', jenkinsfile, 'The pipeline has no parameter SPEED.', { SPEED: 'fast' }],
  ['a step', stepsOf('script { }'), 'not know `script {` in steps'],
  ["a step that is a method of all objects", stepsOf('toString()'), 'not know `toString ( )` in steps'],
  ['logic', stepsOf("if (true) { sh 'x' }"), 'not know `if ( true ) {` in steps'],
  ['a directive', stepsOf('', "triggers { cron('H * * * *') }"), 'not know `triggers {` in pipeline'],
  ['a post condition', stageOf("steps { sh 'x' }\n post { whenever { sh 'x' } }"), 'not know `whenever {` in post'],
  ['what is said of the end of all', stepsOf('', "post { always { sh 'x' } }"), 'not know `post {` in pipeline'],
  ['an option', stepsOf('', 'options { skipDefaultCheckout() }'), 'not know `skipDefaultCheckout ( )` in options'],
  ['a unit of time', stageOf("options { timeout(time: 1, unit: 'DAYS') }\n steps { sh 'x' }"), 'not know `timeout ( time : 1 , unit : "DAYS" )`'],
  ['a number of builds', stepsOf('', "options { buildDiscarder('5') }"), 'not know `buildDiscarder ( "5" )`'],
  ['a condition', whenOf("tag 'v*'"), 'not know `tag "v*"` in when'],
  ['two conditions of which neither may hold', whenOf("not { branch 'a'\n changeRequest() }"), 'not know not with branch changeRequest'],
  ['an object', whenOf("expression { env.CI == 'true' }"), 'not know `env.CI == "true"` in expression'],
  ['two statements on one line', stageOf("steps { sh 'x' sh 'y' }"), 'not know `sh "x" sh "y"` in steps'],
  ['a semicolon', stageOf("steps { sh 'x'; sh 'y' }"), 'The lab does not know: ; sh'],
  ['a block beside a statement', stageOf("steps { sh 'x' } post { always { sh 'y' } }"), '`post` does not begin a line'],
  ['a block after a statement', stepsOf("sh 'x' { sh 'y' }"), 'not know `sh "x" {` in steps'],
  ['a step without its text, which is on the next line', stepsOf("sh\n'x'"), 'not know `sh` in steps'],
  ['a block that begins on the next line', stageOf("steps\n{ sh 'x' }"), 'not know `steps` in stage'],
  ['a step without an agent', pipelineOf("stage('One') { steps { sh 'x' } }"), '`sh` needs an agent'],
  ['an argument', stepsOf("archiveArtifacts(artifacts: 'x', fingerprint: true)"), 'not know `archiveArtifacts ( artifacts : "x" ,'],
  ['two texts', stepsOf("sh('x', 'y')"), 'not know `sh ( "x" , "y" )`'],
  ['a name beside a text', stepsOf("sh('x', label: 'y')"), 'not know `sh ( "x" , label : "y" )`'],
  ['a bracket that stays open', stepsOf("sh('x'"), 'not know `sh ( "x"` in steps'],
  ['a report', stepsOf("recordCoverage(enabledForFailure: true, failOnError: false, tools: [[parser: 'COBERTURA', pattern: 'x']])"), 'not know `recordCoverage ('],
  ['a pattern', stepsOf("junit '**/*.xml'"), 'not know `junit "**/*.xml"`'],
  ['a binding', stepsOf("withCredentials([token(variable: 'X')]) { sh 'x' }"), 'not know `withCredentials ( [ token'],
  ['a binding for nothing', stepsOf(registry), 'not know `usernamePassword ('],
  ['a text alone', stepsOf("'x'"), 'not know `"x"` in steps'],
  ['a secret in double quotes', stepsOf(`withCredentials([${registry}]) { sh "x $WORD" }`), '`$` in a text is nothing'],
  ['a parameter in a text', stepsOf('sh "x $' + '{params.SPEED}"'), 'The pipeline has no parameter SPEED'],
  ['a parameter that all objects have', stepsOf('sh "x $' + '{params.constructor}"'), 'no parameter constructor'],
  ['an escape', stepsOf("sh 'a\\n'"), 'The lab does not know'],
  ['a variable in a stage', stepsOf("CI = 'false'"), 'not know `CI = "false"` in steps'],
  ['two stages of the same name', pipelineOf("stage('A') { steps { input(message: 'x', ok: 'y') } }\n".repeat(2)), 'the same name: A'],
  ['a block that stands twice', stepsOf('', "stages { stage('B') { steps { input(message: 'x', ok: 'y') } } }"), 'not know pipeline with agent stages stages'],
  ['a stage without steps', stageOf("post { always { sh 'x' } }"), 'not know stage with agent post'],
  ['a block without words', stepsOf('', 'options { }'), 'not know options with nothing'],
  ['a block without an end', stepsOf('').slice(0, -2), 'There is no end of pipeline'],
  ['a pipeline without an agent', "pipeline { stages { stage('A') { steps { input(message: 'x', ok: 'y') } } } }", 'not know pipeline with stages'],
  ['what stands beside the pipeline', `${stepsOf('')}\nnode { }`, 'not know `node {` in a Jenkinsfile'],
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
    folder = join(temporaryFolder('pipeline').path, 'a workspace%2Fmain');
    const login = 'echo "$REGISTRY_USER:$REGISTRY_PASSWORD" >>given';
    const isTest = 'if [ "$1" = test ]; then cp -r reports test-output; ! test -e failing; fi';
    write('bin/npm', `#!/bin/sh\necho "npm $*" >>calls\n${isTest}\n`);
    chmodSync(join(folder, 'bin/npm'), 0o755);
    write('reports/junit.xml', '<testsuite><testcase name="a"/></testsuite>');
    write('reports/coverage/cobertura-coverage.xml', '<coverage line-rate="1"><package/></coverage>');
    write('scripts/build-images.sh', 'echo build-images >>calls\n');
    write('scripts/remove-images.sh', 'echo remove-images >>calls\n');
    write(
      'scripts/push-images.sh',
      `echo push-images >>calls\n${login}\necho digest >test-output/images.txt\n`,
    );
    write('scripts/run-playbook.sh', `echo "run-playbook $*" >>calls\n${login}\ncat "$NODES_KEY" >>given\n`);
  });

  type Given = { parameters?: Record<string, string>; environment?: NodeJS.ProcessEnv; approves?: boolean };

  function run({
    parameters,
    environment = { BRANCH_NAME: 'main' },
    approves = false,
  }: Given = {}): Promise<Build> {
    const login = { username: 'motorpool', password: 's3cret-password' };
    return runPipeline(readJenkinsfile(jenkinsfile, parameters), {
      ...{ workspace: folder, archive: join(folder, 'archive'), approves },
      credentials: { registry: login, nodes: { key: 'the key\n' } },
      environment: { ...process.env, PATH: `${folder}/bin:${process.env.PATH}`, ...environment },
    });
  }

  const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');
  const tested = ['npm run check', 'npm test -- --coverage --reporters=default --reporters=jest-junit'];
  const built = ['build-images', 'remove-images'];
  const pushed = ['build-images', 'push-images', 'remove-images'];
  const deployed = (inventory: string) => [`run-playbook ${inventory}`];

  test('checks, tests, builds, pushes and deploys, publishes what was made, and shows no secret', async () => {
    const { result, output, masked } = await run();
    expect(lines('calls')).toEqual([...tested, ...built, ...pushed, ...deployed('ansible/inventory.yml')]);
    const login = 'motorpool:s3cret-password';
    expect(lines('given')).toEqual([login, login, 'the key']);
    expect(existsSync(join(folder, 'archive/junit/test-output/junit.xml'))).toBe(true);
    expect(existsSync(join(folder, 'archive/artifacts/test-output/images.txt'))).toBe(true);
    expect(output).toContain('100.0 % of the lines are covered');
    expect([result, masked]).toEqual(['SUCCESS', 0]);
  });

  test('stops before Build when a test fails, and publishes its report', async () => {
    write('failing', '');
    const { result, ran } = await run();
    expect(lines('calls')).toEqual(tested);
    expect(existsSync(join(folder, 'archive/junit/test-output/junit.xml'))).toBe(true);
    expect([ran, result]).toEqual([['Check', 'Test'], 'FAILURE']);
  });

  test('releases nothing when Jenkins cannot read the coverage', async () => {
    write('reports/coverage/cobertura-coverage.xml', '<coverage/>');
    const { result } = await run();
    expect(lines('calls')).toEqual([...tested, ...built]);
    expect(result).toBe('FAILURE');
  });

  test('only deploys with ROLLBACK_TO', async () => {
    const parameters = { VERSION: '1.2.3', ROLLBACK_TO: '1.2.2', INVENTORY: 'other.yml' };
    const { result } = await run({ parameters });
    expect(lines('calls')).toEqual(deployed('other.yml'));
    expect(result).toBe('SUCCESS');
  });

  test.each<[what: string, environment: NodeJS.ProcessEnv, parameters?: Record<string, string>]>([
    ['another branch', { BRANCH_NAME: 'feature/main' }],
    ['another branch with ROLLBACK_TO', { BRANCH_NAME: 'old' }, { ROLLBACK_TO: '1.2.2' }],
    ['a change request', { BRANCH_NAME: 'PR-1', CHANGE_ID: '1' }],
    ['a change request that is called as the main branch is', { BRANCH_NAME: 'main', CHANGE_ID: '1' }],
    ['a job that knows no branches', {}],
  ])('only tests and builds %s', async (_what, environment, parameters = {}) => {
    const { result } = await run({ environment, parameters });
    expect(lines('calls')).toEqual([...tested, ...built]);
    expect(result).toBe('SUCCESS');
  });

  test.each<[approves: boolean, result: string, stages: string[]]>([
    [true, 'SUCCESS', ['Approval', 'Push', 'Deploy']],
    [false, 'FAILURE', ['Approval']],
  ])('asks before it pushes where APPROVAL says so (answered: %s)', async (approves, result, stages) => {
    const { ran, ...build } = await run({ environment: { BRANCH_NAME: 'main', APPROVAL: 'true' }, approves });
    expect([ran.slice(3), build.result]).toEqual([stages, result]);
  });

  test('runs one build of a branch at a time, and no stage for more than three hours', () => {
    const { block } = readJenkinsfile(jenkinsfile);
    expect(wordsOf(block, 'options').map(({ word, given }) => [word, given])).toEqual([
      ['disableConcurrentBuilds', []],
      ['buildDiscarder', ['50']],
    ]);
    const limits = [...jenkinsfile.matchAll(/agent \{ label '\w+' \}\s+options \{ timeout\((.*)\) \}/g)];
    expect(limits.map(([, limit]) => limit)).toEqual(Array(2).fill("time: 3, unit: 'HOURS'"));
  });
});
