import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Event } from '../event.ts';
import { type Built, type Jenkins, openJenkins } from '../pipeline/jenkins.ts';
import { images as imagesInRegistry, services } from '../release.ts';
import { docker, run } from '../run.ts';
import type { Stack } from '../stack.ts';
import { draw } from './shared/draws.ts';
import { ensureDeployed, good } from './shared/ensure.ts';

/** What a build of the pipeline must have done, and in which version the stack must then serve. */
type Expected = Pick<Built, 'result' | 'ran'> & { published: string[]; version: string };

/** One build: what is committed before it, its parameters, what must come of it, and what else to look at. */
type Story = Pick<Event, 'name' | 'promise' | 'prepare'> & {
  change?(clone: string): Promise<void>;
  parameters?: Record<string, string>;
  /** `version` is the one that is committed; without one of its own, the version before has to serve on. */
  expected(version: string): Omit<Expected, 'version'> & { version?: string };
  look?(built: Built, version: string, jenkins: Jenkins): Promise<string[]>;
};

const tested = ['junit/test-output/junit.xml', 'coverage/test-output/coverage/cobertura-coverage.xml'];
const images = 'artifacts/test-output/images.txt';

/** The Jenkinsfile, run on the lab's swarm as Jenkins runs it. The stack is left in the good version. */
export default function pipelineEvents(stack: Stack): Event[] {
  const stories: Story[] = [
    {
      name: 'A commit becomes a version that serves',
      promise:
        'The pipeline checks a commit, tests it against MySQL, NGINX and a browser, builds, pushes and deploys it by digest; all services then serve in its version.',
      // All take three times as long, and are proven elsewhere: those that reach the coverage, with each real part.
      change: clone =>
        keepTests(clone, 'service*/', 'db/tables', 'tests/browser', 'tests/people', 'tests/request-id'),
      prepare: () => ensureDeployed(stack, ['--version', good]),
      expected: version => ({
        result: 'SUCCESS',
        ran: ['Check', 'Test', 'Build', 'Push', 'Deploy'],
        published: [...tested, images],
        version,
      }),
      look: async ({ result }, _version, jenkins) =>
        result === 'SUCCESS' ? otherDigests(stack, jenkins) : [],
    },
    {
      name: 'A failing unit test',
      promise:
        'It stops the pipeline before anything is built, its report is published, and the version before serves on.',
      async change(clone) {
        await keepFewTests(clone);
        await writeFile(join(clone, 'service4/wrong.test.ts'), wrongTest);
      },
      expected: () => ({
        result: 'FAILURE',
        ran: ['Check', 'Test'],
        published: tested,
      }),
      look: async ({ output }) =>
        /\d+ tests, 1 failed/.test(output) ? [] : ['the report does not count 1 failed test'],
    },
    {
      name: 'A bad release in the pipeline',
      promise:
        'A version that answers 500 fails at Deploy; the version before serves on, and the reports are published.',
      async change(clone) {
        await keepFewTests(clone); // they would have seen it
        await letLoose('answers-500', clone);
      },
      expected: () => ({
        result: 'FAILURE',
        ran: ['Check', 'Test', 'Build', 'Push', 'Deploy'],
        published: [...tested, images],
      }),
      look: async ({ output }) =>
        / answered: HTTP\/1\.1 500/.test(output) ? [] : ['the pipeline does not say what was wrong'],
    },
    {
      name: 'ROLLBACK_TO',
      promise: 'With it the pipeline only deploys, and the earlier version serves.',
      prepare: () => ensureEarlier(stack),
      parameters: { ROLLBACK_TO: good },
      expected: () => ({
        result: 'SUCCESS',
        ran: ['Deploy'],
        published: [],
        version: good,
      }),
    },
  ];
  return stories.map(story => eventOf(story, stack));
}

function eventOf({ change, parameters = {}, expected, look, ...story }: Story, stack: Stack): Event {
  return {
    ...story,
    group: 'Pipeline',
    load: null,
    async happen() {
      const jenkins = await openJenkins();
      const before = await versionNow(stack);
      const version = await jenkins.commit(change);
      const built = await jenkins.build(parameters);
      const problems = [
        ...(await differencesTo(stack, jenkins, built, { version: before, ...expected(version) })),
        ...((await look?.(built, version, jenkins)) ?? []),
      ];
      if (await docker(['image', 'ls', '--quiet', `motorpool/*:${version}`]))
        problems.push('an image was left on the agent');
      return { problems, figures: { 'the pipeline took': `${built.seconds.toFixed(0)} s` } };
    },
  };
}

/** What a build did otherwise than expected; secrets must be seen nowhere, whatever else is expected. */
async function differencesTo(
  stack: Stack,
  jenkins: Jenkins,
  built: Built,
  { version, ...expected }: Expected,
): Promise<string[]> {
  const { result, output, ran, archived, exposed, masked } = built;
  const problems: string[] = [];
  if (result !== expected.result) problems.push(`it ended as ${result}: ${output.slice(-2000)}`);
  if (ran.join() !== expected.ran.join()) problems.push(`the stages ${ran.join(', ')} ran`);
  for (const file of expected.published) {
    if (!archived.includes(file)) problems.push(`${file} was not published`);
  }
  problems.push(...jenkins.secretsIn(output).map(name => `${name} is printed`));
  if (masked > 0) problems.push(`a secret had to be masked ${masked} times`);
  problems.push(...exposed.map(line => `a secret is an argument of ${line}`));
  problems.push(...(await otherVersions(stack, version)));
  if (ran.includes('Deploy') && !output.includes(` × ${imagesInRegistry}/service1:${version}`))
    problems.push('the pipeline does not say what runs');
  return problems;
}

/** In which other versions draws are answered, of several through every NGINX. Throws for what is no draw. */
async function otherVersions(stack: Stack, version: string): Promise<string[]> {
  const seen = new Set<string | null>();
  for (const target of Array.from({ length: 6 }, () => stack.targets).flat())
    seen.add((await draw(target)).version);
  return [...seen].filter(one => one !== version).map(one => `a draw is answered in version ${one}`);
}

/** The services that do not run the digest that the pipeline pushed. */
async function otherDigests(stack: Stack, { workspace }: Jenkins): Promise<string[]> {
  const pushed = await readFile(join(workspace, 'test-output/images.txt'), 'utf8');
  const problems: string[] = [];
  for (const service of services) {
    const format = '{{.Spec.TaskTemplate.ContainerSpec.Image}}';
    const image = await stack.docker(['service', 'inspect', '--format', format, `motorpool_${service}`]);
    const digest = image.split('@')[1];
    if (!digest || !pushed.includes(`/${service}@${digest}`)) problems.push(`${service} runs ${image}`);
  }
  return problems;
}

/** Sees to it that the good version is a release that can be gone back to. */
async function ensureEarlier(stack: Stack): Promise<void> {
  const label = `label=motorpool.version=${good}`;
  const known = await stack.docker(['config', 'ls', '--quiet', '--filter', label]);
  if (!known) await ensureDeployed(stack, ['--version', good]);
  if ((await versionNow(stack)) === good) await ensureDeployed(stack, ['--version', '1.2.0']);
}

async function versionNow(stack: Stack): Promise<string> {
  return (await draw(stack.targets[0] ?? '')).version ?? 'unknown';
}

/** Takes all tests of a clone away but those of service 4, and with them what is asked of their coverage. */
async function keepFewTests(clone: string): Promise<void> {
  await keepTests(clone, 'service4/');
  await run('sed', ['--in-place', 's/lines: 95/lines: 0/', join(clone, 'jest.config.js')]);
}

/** Takes all tests of a clone away but those whose paths begin so. */
async function keepTests(clone: string, ...kept: string[]): Promise<void> {
  await run('git', ['-C', clone, 'rm', '--quiet', '--', '*.test.ts', ...kept.map(path => `:!${path}*`)]);
}

/** Puts an animal of the zoo (see lab/zoo) into every image that is built from the clone. */
async function letLoose(animal: string, clone: string): Promise<void> {
  await cp('lab/zoo/zoo.mjs', join(clone, 'service/zoo.mjs'));
  const command = `CMD ["node", "--import=/motorpool/service/zoo.mjs?${animal}", "server.ts"]`;
  await run('sed', ['--in-place', `s|^CMD .*|${command}|`, join(clone, 'Dockerfile')]);
}

const wrongTest = `import { expect, test } from '@jest/globals';

test('amber begins with B', () => {
  expect('amber').toMatch(/^b/);
});
`;
