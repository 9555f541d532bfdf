import { readReleases } from './releases.ts';
import { say, whatRuns } from './report.ts';

/** Says which release is deployed, which were before, and what runs. */
export async function status(stack: string): Promise<void> {
  const releases = await readReleases(stack);
  const [newest, ...earlier] = releases
    .map(({ number, version }) => `${version} (release ${number})`)
    .reverse();
  say(
    `Deployed: ${newest ?? 'nothing'}. Before: ${earlier.join(', ') || 'nothing'}.\n${await whatRuns(stack)}`,
  );
}
