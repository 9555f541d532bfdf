import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from '../engine.ts';
import type { Event, Finding } from '../event.ts';
import type { Built } from '../pipeline/agent.ts';
import { type Jenkins, openJenkins } from '../pipeline/jenkins.ts';
import { keepFewTests, letLoose } from '../pipeline/workspace.ts';
import type { Stack } from '../stack.ts';
import { ensureDeployed, good } from './ensure.ts';
import { differencesTo, otherDigests } from './pipeline-differences.ts';

const group = 'Pipeline';

/** The Jenkinsfile, run on the lab's swarm as Jenkins runs it. The stack is left in the good version. */
export function pipelineEvents(stack: Stack): Event[] {
  const event = (
    name: string,
    promise: string,
    happen: (jenkins: Jenkins) => Promise<Finding>,
    prepare?: () => Promise<void>,
  ): Event => ({
    ...{ name, group, promise, load: null, ...(prepare ? { prepare } : {}) },
    happen: async () => happen(await openJenkins()),
  });
  return [
    event(
      'A commit becomes a version that serves',
      'The pipeline checks, tests, builds, pushes and deploys a commit, by digest; all services then serve in its version.',
      jenkins => newVersion(stack, jenkins),
      () => ensureDeployed(stack, ['--version', good]),
    ),
    event(
      'A failing unit test',
      'It stops the pipeline before anything is built, its report is published, and the version before serves on.',
      jenkins => failingTest(stack, jenkins),
    ),
    event(
      'A bad release in the pipeline',
      'A version that answers 500 fails at Deploy; the version before serves on, and the reports are published.',
      jenkins => badRelease(stack, jenkins),
    ),
    event(
      'ROLLBACK_TO',
      'With it the pipeline only deploys and verifies, and the earlier version serves.',
      jenkins => rollback(stack, jenkins),
      () => ensureEarlier(stack),
    ),
  ];
}

async function newVersion(stack: Stack, jenkins: Jenkins): Promise<Finding> {
  const version = await jenkins.workspace.commit(keepFewTests);
  const built = await jenkins.build({});
  const problems = await differencesTo(stack, jenkins, built, {
    code: 0,
    ran: ['Check', 'Test', 'Build', 'Push', 'Deploy', 'Verify'],
    skipped: [],
    published: ['junit/test-output/junit.xml', cobertura, 'artifacts/test-output/images.txt'],
    version,
  });
  if (built.code === 0) problems.push(...(await otherDigests(stack, jenkins)));
  return { problems, figures: figuresOf(built) };
}

async function failingTest(stack: Stack, jenkins: Jenkins): Promise<Finding> {
  const before = await versionNow(stack);
  const version = await jenkins.workspace.commit(async clone => {
    await keepFewTests(clone);
    await writeFile(join(clone, 'service4/wrong.test.ts'), wrongTest);
  });
  const built = await jenkins.build({});
  const problems = await differencesTo(stack, jenkins, built, {
    code: 1,
    ran: ['Check', 'Test'],
    skipped: ['Build', 'Push', 'Deploy', 'Verify'],
    published: ['junit/test-output/junit.xml', cobertura],
    version: before,
  });
  if (!/\d+ tests, 1 failed/.test(built.output)) problems.push('the report does not count 1 failed test');
  if (await docker(['image', 'ls', '--quiet', `motorpool/service4:${version}`]))
    problems.push('an image was built');
  return { problems, figures: figuresOf(built) };
}

async function badRelease(stack: Stack, jenkins: Jenkins): Promise<Finding> {
  const before = await versionNow(stack);
  await jenkins.workspace.commit(async clone => {
    await keepFewTests(clone); // they would have seen it
    await letLoose('answers-500.mjs', clone);
  });
  const built = await jenkins.build({});
  const problems = await differencesTo(stack, jenkins, built, {
    code: 1,
    ran: ['Check', 'Test', 'Build', 'Push', 'Deploy'],
    skipped: ['Verify'],
    published: ['junit/test-output/junit.xml', cobertura, 'artifacts/test-output/images.txt'],
    version: before,
  });
  if (!/ answered: HTTP\/1\.1 500/.test(built.output))
    problems.push('the pipeline does not say what was wrong');
  return { problems, figures: figuresOf(built) };
}

async function rollback(stack: Stack, jenkins: Jenkins): Promise<Finding> {
  await jenkins.workspace.commit(async () => {});
  const built = await jenkins.build({ ROLLBACK_TO: good });
  const problems = await differencesTo(stack, jenkins, built, {
    code: 0,
    ran: ['Deploy', 'Verify'],
    skipped: ['New version'],
    published: [],
    version: good,
  });
  return { problems, figures: figuresOf(built) };
}

/** Sees to it that the good version is a release that can be gone back to. */
async function ensureEarlier(stack: Stack): Promise<void> {
  const known = await stack.docker([
    'config',
    'ls',
    '--quiet',
    '--filter',
    `label=motorpool.version=${good}`,
  ]);
  if (!known) await ensureDeployed(stack, ['--version', good]);
  if ((await versionNow(stack)) === good) await ensureDeployed(stack, ['--version', '1.2.0']);
}

async function versionNow(stack: Stack): Promise<string> {
  const answer = await fetch(stack.targets[0] ?? '', { headers: { Accept: 'text/plain' } });
  return answer.headers.get('X-Version') ?? 'unknown';
}

const cobertura = 'coverage/test-output/coverage/cobertura-coverage.xml';

const wrongTest = `import { expect, test } from '@jest/globals';

test('amber begins with B', () => {
  expect('amber').toMatch(/^b/);
});
`;

function figuresOf({ seconds }: Built): Record<string, string> {
  return { 'the pipeline took': `${seconds.toFixed(0)} s` };
}
