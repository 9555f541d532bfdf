import { readReleases, runningOf, type StoredRelease } from './history/releases.ts';
import { say, whatRuns } from './report.ts';
import { readServices } from './swarm/swarm.ts';

/** Says which release is deployed, which were before, and what runs. */
export async function status(stack: string): Promise<void> {
  const releases = await readReleases(stack);
  const running = runningOf(releases, await readServices(stack));
  const earlier = releases.filter(release => release !== running).reverse();
  const before = earlier.map(nameOf).join(', ') || 'nothing';
  say(`Deployed: ${running ? nameOf(running) : 'nothing'}. Before: ${before}.
${await whatRuns(stack)}`);
}

function nameOf({ version, number }: StoredRelease): string {
  return `${version} (release ${number})`;
}
