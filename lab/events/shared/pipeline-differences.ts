import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Built, Jenkins } from '../../pipeline/jenkins.ts';
import { services } from '../../release.ts';
import type { Stack } from '../../stack.ts';

/** What a build of the pipeline must have done, and in which version the stack must then serve. */
export type Expected = Pick<Built, 'result' | 'ran' | 'skipped'> & { published: string[]; version: string };

/** What a build did otherwise than expected; secrets must be seen nowhere, whatever else is expected. */
export async function differencesTo(
  stack: Stack,
  jenkins: Jenkins,
  built: Built,
  expected: Expected,
): Promise<string[]> {
  const { result, output, ran, skipped, archived, exposed, masked } = built;
  const problems: string[] = [];
  if (result !== expected.result) problems.push(`it ended as ${result}: ${output.slice(-2000)}`);
  if (ran.join() !== expected.ran.join()) problems.push(`the stages ${ran.join(', ')} ran`);
  if (skipped.join() !== expected.skipped.join())
    problems.push(`the stages ${skipped.join(', ')} were skipped`);
  for (const file of expected.published) {
    if (!archived.includes(file)) problems.push(`${file} was not published`);
  }
  problems.push(...jenkins.secretsIn(output).map(name => `${name} is printed`));
  if (masked > 0) problems.push(`a secret had to be masked ${masked} times`);
  problems.push(...exposed.map(line => `a secret is an argument of ${line}`));
  problems.push(...(await otherVersions(stack, expected.version)));
  const { version } = expected;
  for (const target of stack.targets) {
    if (!output.includes(`${target}: answers 200; service1 ${version}, service2 ${version}`))
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
export async function otherDigests(stack: Stack, { workspace }: Jenkins): Promise<string[]> {
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
