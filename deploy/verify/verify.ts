import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { Agent, fetch } from 'undici';
import { hasNoNode, onEveryNode, type Reply } from '../nodes/every-node.ts';
import { imagesOf, versionOf } from '../publish/images.ts';
import { loginsFor } from '../publish/registry.ts';
import { isOurs, type StackFile } from '../publish/stack-file.ts';
import { say } from '../report.ts';
import type { Failure } from '../run/converge.ts';
import { isInService } from '../run/service-state.ts';
import { type Node, readNodes } from '../swarm/swarm.ts';

const program = readFileSync(new URL('draws-here.ts', import.meta.url), 'utf8');
const patienceMs = 120_000;
const lookMs = 2000;
// Past a proxy that the environment may name; and it goes on connecting for so long (ms), whoever has given up. No
// certificate is for a node's address.
const dispatcher = new Agent({ connect: { timeout: lookMs, rejectUnauthorized: false } });

/**
 * Uses the stack through the NGINX of every node, from that node itself: whoever deploys need not be in the nodes'
 * network. Looks for the version that the images' tags say. Gives what failed, by node; none when all is well. Says too
 * which nodes can be reached from here, and fails nothing for it.
 */
export async function verify(stack: string, file: StackFile): Promise<Failure[]> {
  const ports = file.services.nginx?.ports as { target: number; published: number }[] | undefined;
  const door = [443, 80].flatMap(wanted => ports?.filter(({ target }) => target === wanted) ?? [])[0];
  const doorOf = (host: string) => `http${door?.target === 443 ? 's' : ''}://${host}:${door?.published}/`;
  const image = String(file.services.service1?.image);
  say('Drawing on every node …');
  const replies = await onEveryNode(stack, {
    name: 'draws',
    program,
    image,
    wanted: { address: doorOf('127.0.0.1'), versions: versionsIn(file) },
    logins: loginsFor([image]),
    at: 'network',
    patienceMs,
  });
  const unable = replies.filter(hasNoNode);
  if (unable.length > 0)
    say(`Nobody draws on ${unable.map(({ node }) => node).join(', ')}: service 1 has no Node.js there`);
  const failures = replies.filter(reply => !hasNoNode(reply)).map(failureIn);
  if (failures.length === 0) await sayWhoIsSeen(doorOf).catch(() => {});
  return failures;
}

/** The versions of our services, as the tags of their images say. */
function versionsIn(file: StackFile): Record<string, string> {
  const ours = [...imagesOf(file)].filter(([name]) => isOurs(name));
  return Object.fromEntries(ours.map(([name, image]) => [name, versionOf(image)]));
}

function failureIn({ node, lines, reason }: Reply): Failure {
  try {
    const { service, reason, task } = JSON.parse(lines.find(line => line.startsWith('{')) ?? '');
    return { service, reason, task: `${node}, ${task}`, log: '' };
  } catch {
    return {
      service: 'the deploy',
      reason: `could not draw on ${node}: ${reason}`,
      task: null,
      log: lines.join('\n'),
    };
  }
}

async function sayWhoIsSeen(doorOf: (host: string) => string): Promise<void> {
  const nodes = (await readNodes()).filter(isInService);
  const looks = nodes.map(async node => {
    const address = `${doorOf(addressOf(node))}health`;
    const isSeen = await fetch(address, { dispatcher, signal: AbortSignal.timeout(lookMs) }).then(
      ({ ok }) => ok,
      () => false,
    );
    return isSeen ? [] : [node.Description.Hostname];
  });
  const unseen = (await Promise.all(looks)).flat();
  if (unseen.length > 0)
    say(`From here the page cannot be reached through ${unseen.join(', ')}; on the nodes it can`);
}

function addressOf({ Status, ManagerStatus }: Node): string {
  // A manager may know itself as 0.0.0.0 or 127.0.0.1.
  const isReal = !/^(0\.0\.0\.0|127\.)/.test(Status.Addr);
  const address = isReal ? Status.Addr : (ManagerStatus?.Addr.replace(/:\d+$/, '') ?? Status.Addr);
  return isIPv6(address) ? `[${address}]` : address;
}
