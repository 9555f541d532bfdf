import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from '../engine.ts';
import type { Event, Finding } from '../event.ts';
import type { Built } from '../pipeline/agent.ts';
import { type Jenkins, openJenkins } from '../pipeline/jenkins.ts';
import { keepFewTests, letLoose } from '../pipeline/workspace.ts';
import { services } from '../release.ts';
import type { Stack } from '../stack.ts';
import { ensureDeployed, good } from './ensure.ts';

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
  const version = await jenkins.workspace.commit(async () => {});
  const built = await jenkins.build({});
  const problems = await asExpected(stack, jenkins, built, {
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
  const problems = await asExpected(stack, jenkins, built, {
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
  const problems = await asExpected(stack, jenkins, built, {
    code: 1,
    ran: ['Check', 'Test', 'Build', 'Push', 'Deploy'],
    skipped: ['Verify'],
    published: ['junit/test-output/junit.xml', cobertura, 'artifacts/test-output/images.txt'],
    version: before,
  });
  if (!/answered 500 to a draw/.test(built.output)) problems.push('the pipeline does not say what was wrong');
  return { problems, figures: figuresOf(built) };
}

async function rollback(stack: Stack, jenkins: Jenkins): Promise<Finding> {
  await jenkins.workspace.commit(async () => {});
  const built = await jenkins.build({ ROLLBACK_TO: good });
  const problems = await asExpected(stack, jenkins, built, {
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
  if ((await versionNow(stack)) === good) await ensureDeployed(stack, ['--version', '1.1.0']);
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

type Expected = { code: number; ran: string[]; skipped: string[]; published: string[]; version: string };

async function asExpected(
  stack: Stack,
  jenkins: Jenkins,
  built: Built,
  expected: Expected,
): Promise<string[]> {
  const { code, output, archived, exposed } = built;
  const problems: string[] = [];
  if (code !== expected.code) problems.push(`it ended with ${code}: ${output.slice(-2000)}`);
  const ran = [...output.matchAll(/^\[Pipeline\] \{ \((?!Post|New version)(.*)\)$/gm)].map(
    ([, stage]) => stage,
  );
  if (ran.join() !== expected.ran.join()) problems.push(`the stages ${ran.join(', ')} ran`);
  for (const stage of expected.skipped) {
    if (!output.includes(`Stage "${stage}" skipped`)) problems.push(`${stage} was not skipped`);
  }
  for (const file of expected.published) {
    if (!archived.includes(file)) problems.push(`${file} was not published`);
  }
  problems.push(...jenkins.secretsIn(output).map(name => `${name} is printed`));
  if (!output.includes('Masked: 0\n')) problems.push('a secret had to be masked');
  problems.push(...exposed.map(line => `a secret is an argument of ${line}`));
  problems.push(...(await otherVersions(stack, expected.version)));
  for (const target of stack.targets) {
    if (
      !output.includes(`${target}: answers 200; service1 ${expected.version}, service2 ${expected.version}`)
    )
      problems.push(`the pipeline does not say what runs on ${target}`);
  }
  return problems;
}

/** What answers otherwise than with a draw in the version, in several draws through every NGINX. */
async function otherVersions(stack: Stack, version: string): Promise<string[]> {
  const seen = new Set<string>();
  for (const target of Array.from({ length: 6 }, () => stack.targets).flat()) {
    const answer = await fetch(target, { headers: { Accept: 'application/json' } });
    seen.add(`${answer.status} in version ${answer.headers.get('X-Version')}`);
    await answer.body?.cancel();
  }
  return [...seen].filter(one => one !== `200 in version ${version}`).map(one => `a draw is answered ${one}`);
}

/** The services that do not run the digest that the pipeline pushed. */
async function otherDigests(stack: Stack, { workspace }: Jenkins): Promise<string[]> {
  const pushed = await readFile(join(workspace.folder, 'test-output/images.txt'), 'utf8');
  const problems: string[] = [];
  for (const service of services) {
    const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}';
    const image = await stack.docker(['service', 'inspect', '--format', format, `motorpool_${service}`]);
    const digest = image.split('@')[1];
    if (!digest || !pushed.includes(`/${service}@${digest}`)) problems.push(`${service} runs ${image}`);
  }
  return problems;
}

function figuresOf({ seconds }: Built): Record<string, string> {
  return { 'the pipeline took': `${seconds.toFixed(0)} s` };
}
