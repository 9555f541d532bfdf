import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from './support/temporary-folder.ts';

// What can be told of the pipelines for GitHub and GitLab without either.
const jenkinsfile = readFileSync('Jenkinsfile', 'utf8');
const github = readFileSync('.github/workflows/motorpool.yml', 'utf8');
const gitlab = readFileSync('.gitlab-ci.yml', 'utf8');

test("the workflow for GitHub is one that GitHub's own parser takes", async () => {
  expect(await errorsOf(github)).toEqual([]);
  expect(await errorsOf(github.replace('runs-on: ubuntu-latest', 'runs-in: ubuntu-latest'))).not.toEqual([]);
  expect(await errorsOf(github.replace("inputs.rollback_to == ''", 'inputs.rollback_to =='))).not.toEqual([]);
});

test("the file for GitLab fits GitLab's schema, and its main branch alone has a release", () => {
  const jobs = (branch: string, ...variables: string[]) => listJobs(gitlab, branch, variables).stdout;
  expect(jobs('main')).toMatch(/^agent .*\ntest .*\nbuild .*\nrelease +release +on_success/m);
  expect(jobs('main', 'APPROVAL=true')).toMatch(/^release +release +manual/m);
  expect(jobs('main', 'ROLLBACK_TO=1.2.2')).toMatch(/^agent .*\nrelease/m);
  expect(jobs('other', 'ROLLBACK_TO=1.2.2')).toMatch(/^agent .*\ntest .*\nbuild .*$(?!\nrelease)/m);
  expect(listJobs(gitlab.replace('allow_failure: false', 'allow_failure: 3'), 'main', []).status).not.toBe(0);
});

test.each([
  ['GitHub', github],
  ['GitLab', gitlab],
])('the pipeline of %s calls what the Jenkinsfile calls, and says that it was not run', (_name, pipeline) => {
  const called = (text: string) => new Set(text.match(/scripts\/[\w-]+\.sh|npm (run )?[\w-]+/g));
  const ofJenkins = [...called(jenkinsfile)].filter(call => call !== 'scripts/remove-images.sh'); // their machines are new
  expect([...called(pipeline)].sort()).toEqual(ofJenkins.sort());
  expect(pipeline).toContain('was never run');
});

async function errorsOf(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'motorpool.yml', content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

/** Has a reader of GitLab's files list the jobs that a push to a branch would have. */
function listJobs(text: string, branch: string, variables: string[]) {
  const folder = temporaryFolder('gitlab').path;
  writeFileSync(join(folder, '.gitlab-ci.yml'), text);
  const made = spawnSync('bash', ['-ec', makeRepository, 'bash', branch], { cwd: folder });
  expect(made.status).toBe(0);
  const given = variables.flatMap(variable => ['--variable', variable]);
  return spawnSync('gitlab-ci-local', ['--list', '--home', folder, ...given], {
    ...{ cwd: folder, encoding: 'utf8' },
    env: { ...process.env, PATH: `${resolve('node_modules/.bin')}:${process.env.PATH}` },
  });
}

const makeRepository = `git init --quiet --initial-branch "$1"
  git config user.name Somebody; git config user.email somebody@motorpool.invalid
  git remote add origin https://git.invalid/somebody/motorpool.git
  git add .; git commit --quiet --message 'A commit'`;
