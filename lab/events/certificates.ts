import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { makeCertificate } from '../../tests/support/certificate.ts';
import { openClient } from '../../tests/support/streams.ts';
import type { Event, Finding } from '../event.ts';
import type { Stack } from '../stack.ts';
import { ensureDeployed, ensureVersion } from './shared/ensure.ts';
import { inside, taskOf } from './shared/inside.ts';

const streamsPerNode = 5;
const pauseMs = 100;
const name = 'motorpool.example';

/** HTTPS comes, gets another certificate while people use it over kept connections, and goes again. */
export default function certificateEvents(stack: Stack): Event[] {
  return [
    {
      name: 'The certificate is rotated',
      group: 'More deploys',
      promise:
        'No stream of HTTP/2 that NGINX has accepted breaks, and no request fails for clients that go to the next node and send again what was left undone; every node then has the new certificate, and the key is to be seen nowhere. A wrong pair is refused.',
      load: null,
      prepare: () => ensureVersion(stack),
      happen: () => rotate(stack),
      restore: () => takeHttps(stack),
    },
  ];
}

async function rotate(stack: Stack): Promise<Finding> {
  const [old, other] = [makeCertificate(name), makeCertificate(name)];
  await ensureDeployed(stack, ['certificate', ...filesIn(old)]);
  const refused = await stack.deploy(['certificate', ...filesIn(old, other)]);
  const problems = /The key does not belong to the certificate/.test(refused.output) ? [] : [refused.output];
  const users = stack.targets.map((_target, index) =>
    use(stack.targets.map((_one, turn) => originOf(stack, index + turn))),
  );
  const { code, output, seconds } = await stack.deploy(['certificate', ...filesIn(other)]);
  if (code !== 0) problems.push(`the certificate was not rotated: ${output.slice(-1500)}`);
  const uses = await Promise.all(users.map(stop => stop()));
  const [answered, resent] = [
    sum(uses.map(({ answered }) => answered)),
    sum(uses.map(({ resent }) => resent)),
  ];
  problems.push(...uses.flatMap(({ failed }) => failed), ...(await otherwise(stack, other)));
  if (resent === 0) problems.push('nothing had to be sent again, so nothing is proven');
  const figures = {
    'the rotation took': `${seconds.toFixed(0)} s`,
    streams: `${answered}, ${resent} sent again`,
  };
  return { problems, figures };
}

/** Draws over a kept connection, first at the first origin, and gives the way to the end of that. */
function use(origins: string[]) {
  const client = openClient(origins);
  const failed: string[] = [];
  let [answered, isOver] = [0, false];
  const streams = Array.from({ length: streamsPerNode }, async () => {
    for (; !isOver; await pause(pauseMs)) {
      const { status, body } = await client
        .send('/', { accept: 'text/plain' })
        .catch(error => ({ status: 0, body: `${error}` }));
      if (status === 200) answered += 1;
      else failed.push(`a stream first sent to ${origins[0]} got ${status}: ${body}`);
    }
  });
  return async () => {
    isOver = true;
    await Promise.all(streams);
    client.close();
    return { failed, answered, resent: client.resent() };
  };
}

/** What is not as it should be with the certificate in a folder. */
async function otherwise(stack: Stack, folder: string): Promise<string[]> {
  const [pem, key] = await Promise.all(filesIn(folder).map(file => readFile(file, 'utf8')));
  const { fingerprint256, validToDate } = new X509Certificate(`${pem}`);
  const problems: string[] = [];
  for (const target of stack.targets) {
    if ((await fingerprintAt(new URL(target).hostname)) !== fingerprint256)
      problems.push(`${target} has another certificate`);
    const { status } = await fetch(target, { redirect: 'manual' });
    if (status !== 308) problems.push(`${target} answers ${status} without HTTPS`);
  }
  const measuring =
    'node -e "fetch(\'http://localhost:5000/metrics\').then(it => it.text()).then(console.log)"';
  const metrics = await inside(await taskOf(stack, 'service1'), measuring);
  const expiry = new RegExp(
    `^tls_certificate_expiry_timestamp_seconds\\{.*\\} ${validToDate.getTime() / 1000}$`,
    'gm',
  );
  const seen = metrics.match(expiry)?.length ?? 0;
  if (seen !== stack.targets.length)
    problems.push(`the metrics say of ${seen} NGINX when the certificate expires`);
  const { output } = await stack.deploy(['status']);
  if (!output.includes(`HTTPS for ${name}, valid until ${validToDate.toISOString().slice(0, 10)}.`))
    problems.push(`the status does not say when it expires: ${output.slice(0, 300)}`);
  const nginx = await taskOf(stack, 'nginx');
  const places = {
    'the service': await stack.docker(['service', 'inspect', 'motorpool_nginx']),
    'its processes': await inside(nginx, 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr "\\0" "\\n"'),
    'its log': await stack.docker(['service', 'logs', '--tail', '1000', 'motorpool_nginx']),
  };
  const line = `${key}`.split('\n')[1] ?? '';
  for (const [place, text] of Object.entries(places)) {
    if (line.length < 20 || !text.includes('nginx'))
      problems.push(`${place} cannot be read, so nothing is proven`);
    if (text.includes(line)) problems.push(`the key is in ${place}`);
  }
  return problems;
}

function fingerprintAt(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: 443, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

async function takeHttps(stack: Stack): Promise<void> {
  const service = await stack.docker(['service', 'inspect', 'motorpool_nginx']);
  if (service.includes('certificate_key')) await ensureDeployed(stack, ['certificate', 'none']);
}

/** The files of a certificate and its key, which may be in another folder. */
function filesIn(folder: string, keyFolder = folder): string[] {
  return [join(folder, 'fullchain.pem'), join(keyFolder, 'privkey.pem')];
}

function originOf({ targets }: Stack, index: number): string {
  return `https://${new URL(`${targets[index % targets.length]}`).hostname}`;
}

function sum(numbers: number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
