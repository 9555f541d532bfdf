import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { describeWith } from '../../tests/support/missing.ts';
import { makeTestRun, pipelineOf, type TestRun } from './test-run.ts';

let made: TestRun[] = [];

afterEach(() => {
  for (const one of made) one.remove();
  made = [];
});

function given(jenkinsfile: string): TestRun {
  const one = makeTestRun(jenkinsfile);
  made.push(one);
  return one;
}

const stage = (name: string, steps: string, more = '') =>
  `stage('${name}') { steps {\n${steps}\n}\n${more}\n}\n`;

describeWith(['groovy'], 'the runner of Jenkinsfiles', () => {
  test('runs the stages one after the other, each sh with the parameters, the environment and -xe', async () => {
    const pipeline = given(
      pipelineOf(
        stage('One', `sh 'echo "$VERSION in $CI"'`) + stage('Two', `sh 'false; echo went on'`),
        `parameters { string(name: 'VERSION', defaultValue: '1.0.0') }\nenvironment { CI = "not \${params.VERSION}" }`,
      ),
    );
    const { code, output } = await pipeline.run('VERSION=1.2.3');
    expect(output).toContain('+ echo 1.2.3 in not 1.2.3\n1.2.3 in not 1.2.3\n');
    expect(output).not.toContain('went on');
    expect(code).toBe(1);
  });

  test('after a stage that failed skips the others, and does what post says for it', async () => {
    const post =
      "post {\n failure { echo 'it failed' }\n success { echo 'it is well' }\n always { echo 'the end' }\n}";
    const pipeline = given(
      pipelineOf(stage('One', "sh 'exit 3'", post) + stage('Two', "sh 'touch two'"), post),
    );
    const { code, output } = await pipeline.run();
    expect(output).toContain('script returned exit code 3');
    expect(output).toContain('Stage "Two" skipped due to earlier failure(s)');
    expect(output.match(/the end[\s\S]*?it failed/g)).toHaveLength(2);
    expect(output).not.toContain('it is well');
    expect(output).toContain('Finished: FAILURE');
    expect(existsSync(join(pipeline.folder, 'two'))).toBe(false);
    expect(code).toBe(1);
  });

  test('ends with 0 when all went well, and leaves out the stages whose condition is false', async () => {
    const inner = `stage('Outer') { when { expression { params.BACK == '' } }\n stages { ${stage('Inner', "echo 'in'")} } }\n`;
    const pipeline = given(
      pipelineOf(
        inner + stage('Always', "echo 'after'"),
        "parameters { string(name: 'BACK', defaultValue: '') }",
      ),
    );
    const forward = await pipeline.run();
    const back = await pipeline.run('BACK=1.0.0');
    expect([forward.code, back.code]).toEqual([0, 0]);
    expect(forward.output).toContain('\nin\n');
    expect(back.output).not.toContain('\nin\n');
    expect(back.output).toContain('\nafter\n');
  });

  test('ends what runs when the time is over, with all that it started, and still does what post says', async () => {
    const pipeline = given(
      pipelineOf(
        stage('Slow', 'sh \'(trap "" TERM; sleep 30; touch survived) & echo $! >child; wait\''),
        "options { timeout(time: 3, unit: 'SECONDS') }\npost { aborted { sh 'ps -p \"$(cat child)\" || echo all gone' } }",
      ),
    );
    const { code, output } = await pipeline.run();
    expect(output).toContain('Timeout has been exceeded');
    expect(output).toContain('\nall gone\n');
    expect(output).toContain('Finished: ABORTED');
    expect(code).toBe(1);
  });

  test('never runs two builds of a workspace at once when that is switched off', async () => {
    const pipeline = given(
      pipelineOf(
        stage('Alone', "sh 'mkdir alone; sleep 1; rmdir alone'"),
        'options { disableConcurrentBuilds() }',
      ),
    );
    const runs = await Promise.all([pipeline.run(), pipeline.run()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
  });
});

describeWith(['groovy'], 'the runner of Jenkinsfiles, given what it does not know', () => {
  const unknown: [string, string][] = [
    ['a step', pipelineOf(stage('One', "sh 'touch ran'\nscript { }"))],
    ['a directive', pipelineOf(stage('One', "sh 'touch ran'"), "triggers { cron('H * * * *') }")],
    ['a post condition', pipelineOf(stage('One', "sh 'touch ran'"), "post { whenever { echo 'x' } }")],
    ['an option', pipelineOf(stage('One', "sh 'touch ran'"), 'options { skipDefaultCheckout() }')],
    ['a condition', pipelineOf(`stage('One') { when { branch 'main' }\n steps { sh 'touch ran' } }`)],
    ['an argument', pipelineOf(stage('One', "archiveArtifacts(artifacts: 'x', fingerprint: true)"))],
    ['a binding', pipelineOf(stage('One', "withCredentials([token(variable: 'X')]) { sh 'touch ran' }"))],
  ];
  test.each(unknown)('%s, fails and names it', async (what, jenkinsfile) => {
    const pipeline = given(jenkinsfile);
    const { code, output } = await pipeline.run();
    expect(output).toMatch(/ERROR: `\w+` (is nothing that this runner knows|has arguments)/);
    expect(output).toContain('Finished: FAILURE');
    expect(existsSync(join(pipeline.folder, 'ran'))).toBe(what === 'a step');
    expect(code).toBe(1);
  });

  test('a parameter, a stage without steps, or two of the same name, fails before anything runs', async () => {
    const twice = given(pipelineOf(stage('One', "sh 'touch ran'") + stage('One', "echo 'x'")));
    expect((await twice.run()).output).toContain('Two stages have the same name');
    expect((await given(pipelineOf("stage('One') { }")).run()).code).toBe(1);
    expect((await twice.run('SPEED=fast')).code).toBe(1);
    expect(existsSync(join(twice.folder, 'ran'))).toBe(false);
  });

  test('a step whose plugin is not pinned, fails', async () => {
    const pipeline = given(pipelineOf(stage('One', "junit 'junit.xml'")));
    pipeline.write('jenkins/plugins.txt', 'pipeline-model-definition:1\n');
    expect((await pipeline.run()).output).toContain(
      '`junit` comes from the plugin junit, which plugins.txt does not pin',
    );
  });
});
