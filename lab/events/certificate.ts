import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { makeCertificate } from '../../tests/support/certificate.ts';
import type { Event, Finding } from '../event.ts';
import type { Load } from '../load/load.ts';
import type { Stack } from '../stack.ts';
import { leaks, placesOfStack } from './secrets.ts';
import { ensureDeployed, ensureVersion } from './shared/ensure.ts';
import { differences, thingsOf } from './shared/things.ts';
import { answered, brokenOnNew, deployed, knocksTwiceMs, together } from './shared/under-load.ts';

/** The files of a certificate and of its key. */
type Pair = [certificate: string, key: string];

const perSecond = 40;
const mostRefused = 10 * perSecond; // of a third for each of three nodes

/** The stack gets HTTPS for this alone. */
export default function certificateEvents(stack: Stack): Event[] {
  const targets = stack.targets.map(target => target.replace('http:', 'https:'));
  let first: Pair;
  return [
    {
      name: 'The certificate is replaced',
      group: 'More deploys',
      promise:
        'One with the key of another, an expired one, and one for another name are refused in a sentence, and nothing changes. A new one is served by every node afterwards; no stream of HTTP/2 nor request over HTTPS that was accepted breaks, and none fails for a client that goes to the next node. Nobody sees the key.',
      load: { targets, perSecond, failover: true },
      slowestMs: knocksTwiceMs,
      async prepare() {
        await ensureVersion(stack);
        first = makePair();
        await ensureDeployed(stack, ['certificate', ...first]);
      },
      happen: load => replace(stack, load, targets, first),
      check: async result => [
        ...(await brokenOnNew(result)),
        ...(result.failovers.refused > 0 ? [] : ['nobody met an NGINX that goes, so nothing is proven']),
        ...(result.failovers.refused <= mostRefused
          ? []
          : ['NGINX was away for more than ten seconds a node']),
      ],
      restore: () => ensureDeployed(stack, ['certificate', 'none']),
    },
  ];
}

async function replace(stack: Stack, load: Load, targets: string[], first: Pair): Promise<Finding> {
  const next = makePair();
  const other = makePair('other.example');
  const problems = await strangers(targets, first);
  const outputs: string[] = [];
  const refusals: [Pair, string][] = [
    [[next[0], first[1]], 'The key does not belong to the certificate.'],
    [expired(next), 'The certificate of CN=motorpool.example has expired on'],
    [other, 'It is for other.example, and not for'],
  ];
  for (const [pair, sentence] of refusals) {
    const found = await refused(stack, pair, sentence);
    problems.push(...found.problems);
    outputs.push(found.output);
  }
  const replaced = await deployed(stack, load, ['certificate', ...next], 'a new certificate');
  await answered(load);
  problems.push(...(await strangers(targets, next)));
  const keys = [first, next, other].map(([, file]) => ({
    name: `the key in ${file}`,
    text: readFileSync(file, 'utf8').split('\n')[1] ?? '',
  }));
  const text = [...outputs, replaced.output].join('\n');
  const said = { 'what the deploy said': { text, sure: 'motorpool_certificate_' } };
  const seen = leaks(keys, { ...said, ...(await placesOfStack(stack, ['nginx'])) });
  return together([replaced, seen, { problems, figures: {} }]);
}

function makePair(name = 'motorpool.example'): Pair {
  const folder = makeCertificate(name);
  return [`${folder}/fullchain.pem`, `${folder}/privkey.pem`];
}

function expired([certificate, key]: Pair): Pair {
  const yesterday = ['-signkey', key, '-days', '-1'];
  const file = certificate.replace('fullchain', 'expired');
  writeFileSync(file, execFileSync('openssl', ['x509', '-in', certificate, ...yesterday], { stdio: 'pipe' }));
  return [file, key];
}

/** What is wrong if a certificate is not refused with the sentence, or something is another than before; and what was said. */
async function refused(stack: Stack, pair: Pair, sentence: string) {
  const things = async () => [
    ...(await thingsOf(stack)),
    ...(await stack.docker(['secret', 'ls', '--format=secret {{.Name}}'])).split('\n'),
  ];
  const before = await things();
  const { code, output } = await stack.deploy(['certificate', ...pair]);
  const isRefused = code !== 0 && output.includes(sentence);
  const problems = [
    ...(isRefused ? [] : [`it was not refused with "${sentence}": ${output.slice(-500)}`]),
    ...differences(before, await things()).map(difference => `after "${sentence}" ${difference}`),
  ];
  return { problems, output };
}

/** What is wrong if a target serves another certificate. */
async function strangers(targets: string[], [file]: Pair): Promise<string[]> {
  const { fingerprint256: wanted } = new X509Certificate(readFileSync(file));
  const looks = targets.map(async target => {
    const socket = connect({ host: new URL(target).hostname, port: 443, rejectUnauthorized: false });
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(5000) });
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256 === wanted ? [] : [`${target} serves another certificate than ${file}`];
  });
  return (await Promise.all(looks)).flat();
}
