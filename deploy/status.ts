import { type Attempt, readAttempts } from './history/attempts.ts';
import { readReleases, runningOf, type StoredRelease } from './history/releases.ts';
import { readCertificate, textOf as textOfCertificate } from './plan/certificate.ts';
import { readLive, servicesOf } from './plan/live.ts';
import { planHealing } from './plan/planned.ts';
import { certificateOf } from './publish/https.ts';
import { withShortDigests } from './publish/images.ts';
import { say, whatRuns } from './report.ts';
import { lookAtMembers } from './run/members.ts';

/** Says which release is deployed, which were before, what differs from it, what was attempted, and what runs. */
export async function status(stack: string): Promise<void> {
  const releases = await readReleases(stack);
  const live = await readLive(stack);
  const running = runningOf(releases, servicesOf(stack, live));
  const earlier = releases.filter(release => release !== running).reverse();
  const before = earlier.map(nameOf).join(', ') || 'nothing';
  say(`Deployed: ${running ? nameOf(running) : 'nothing'}. Before: ${before}.`);
  const differences = planHealing(stack, running, live).flatMap(({ lines }) => lines);
  if (running) console.log(differences.length === 0 ? 'That is what runs.' : 'What runs differs from it:');
  const certificate = await readCertificate(stack, certificateOf(running?.file));
  if (certificate) console.log(`HTTPS for ${textOfCertificate(certificate)}.`);
  for (const line of differences) console.log(`  ${withShortDigests(line)}`);
  for (const attempt of (await readAttempts(stack)).reverse()) console.log(textOf(attempt));
  console.log(await whatRuns(stack));
  const members = running ? await lookAtMembers(stack, running.file) : [];
  for (const { name, said } of members) console.log(`  db on ${name}: ${said}`);
}

function nameOf({ version, number }: StoredRelease): string {
  return `${version} (release ${number})`;
}

const endings: Record<Attempt['outcome'], string> = {
  'ran well': 'ran well',
  untouched: 'failed, nothing was touched',
  'put back': 'failed, what ran before was put back',
  'half-made': 'failed, and left the stack half-made',
  'under way': 'goes on, or was interrupted and left the stack half-made',
};

function textOf({ since, what, who, outcome, cause }: Attempt): string {
  const why = cause.split('\n').find(line => line.startsWith('✗')) ?? cause.split('\n')[0];
  return `  ${since.slice(0, 16).replace('T', ' ')} ${what}, by ${who}: ${endings[outcome]}${why ? `: ${why}` : ''}`;
}
