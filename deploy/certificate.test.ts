import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { giveCertificate, showCertificate } from './certificate.ts';
import { showPlan } from './deploy.ts';
import { configOf, stackFileOf } from './history/test-release.ts';
import { makeCertificates, writeCertificate } from './plan/test-certificates.ts';
import { withCertificate, withHttpsOf } from './publish/https.ts';
import type { StackFile } from './publish/stack-file.ts';
import { rollback } from './rollback.ts';
import { status } from './status.ts';
import { liveOf } from './swarm/test-live.ts';
import { testSwarm } from './swarm/test-swarm.ts';

const { root, middle, leaf } = makeCertificates(['DNS:motorpool.example']);
const chain = leaf.pem + middle.pem + root.pem;
const { docker, engine, said } = testSwarm();
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'motorpool-given-'));
  await docker.answer({ 'stack config --compose-file -': JSON.stringify(https) });
});
afterEach(() => rmSync(folder, { recursive: true }));

const uses = (...sources: string[]) => sources.map(source => ({ source, target: source }));
const https: StackFile = {
  ...{ networks: {}, volumes: {} },
  services: {
    nginx: {
      ports: [{ target: 443, published: 443 }],
      environment: { HTTPS_PORT: '443' },
      secrets: uses('certificate', 'certificate_key'),
      configs: uses('nginx_https'),
    },
  },
  configs: { nginx_https: { name: 'https_1', file: '/https.conf' } },
  secrets: { certificate: { name: 'unset' }, certificate_key: { name: 'unset' } },
};

function plain(): StackFile {
  const file = stackFileOf('1.0');
  const nginx = {
    image: 'nginx:1.30@sha256:aaaaaa',
    ports: [{ target: 80, published: 8080 }],
    environment: { PROXIES: '' },
    configs: uses('nginx_conf', 'nginx_start'),
  };
  const configs = { ...file.configs, nginx_start: { name: 'start_1', file: '/start.sh' } };
  return { ...file, configs, services: { ...file.services, nginx } };
}

/** Lets a release run; what is known of its certificate are labels of its secret. */
function runs(file: StackFile, wanted = 'motorpool.example'): void {
  const known = {
    'motorpool.certificate.wanted': wanted,
    'motorpool.certificate.expires': '2030-01-01T00:00:00.000Z',
  };
  engine.answers = {
    'GET /configs?filters={"label":["motorpool.release-of': [configOf(1, '1.0', file)],
    'GET /configs': [],
    'GET /secrets': [{ Spec: { Name: 'certificate_1', Labels: known } }],
    'GET /services': liveOf().services,
    'POST /configs/create': { ID: 'lock' },
    DELETE: null,
  };
}

const secured = () =>
  withCertificate(withHttpsOf(plain(), https), { certificate: 'certificate_1', key: 'key_1' });

test('HTTPS adds a port, the certificate, its key and a file to NGINX, and nothing else', async () => {
  runs(plain());
  await showCertificate('motorpool', { files: writeCertificate(folder, chain, leaf.key), names: [] });
  expect(said[0]).toMatch(
    /Giving the stack motorpool the certificate for motorpool\.example, valid until \d{4}/,
  );
  expect(said.slice(1).map(line => line.trim())).toEqual(
    [
      expect.stringMatching(/^\+ configs\.nginx_https: https_1$/),
      ...[
        /configs\.1\.source: nginx_start → nginx_https/,
        /configs\.1\.target/,
        /configs\.2\.source/,
        /configs\.2\.target/,
      ],
      ...[/environment\.HTTPS_PORT: 443/, /ports\.0\.published: 8080 → 443/, /ports\.0\.target: 80 → 443/],
      ...[/ports\.1\.published: 8080/, /ports\.1\.target: 80/],
      ...[
        /secrets\.0\.source: certificate$/,
        /secrets\.0\.target/,
        /secrets\.1\.source: certificate_key/,
        /secrets\.1\.target/,
      ],
      expect.stringMatching(/^\+ secrets\.certificate: motorpool_certificate_[0-9a-f]{12}$/),
      expect.stringMatching(/^\+ secrets\.certificate_key: motorpool_certificate_key_[0-9a-f]{12}$/),
      '16 changes.',
    ].map(line => (line instanceof RegExp ? expect.stringMatching(line) : line)),
  );
  expect(engine.requests.filter(request => !request.startsWith('GET'))).toEqual([]);
});

test('taking HTTPS away leaves what there was before', async () => {
  runs(secured());
  expect(withHttpsOf(secured(), { ...plain(), services: { nginx: {} } })).toMatchObject(plain());
  await showCertificate('motorpool', { files: ['none'], names: [] });
  expect(said.at(-1)).toBe('16 changes.');
});

test('a new certificate changes two names', async () => {
  runs(secured());
  await showCertificate('motorpool', { files: writeCertificate(folder, chain, leaf.key), names: [] });
  expect(said.slice(1, -1).map(line => line.trim())).toEqual([
    expect.stringMatching(/^~ secrets\.certificate: certificate_1 → motorpool_certificate_/),
    expect.stringMatching(/^~ secrets\.certificate_key: key_1 → motorpool_certificate_key_/),
  ]);
});

test.each([
  ['a key of another one', chain, middle.key, 'The key does not belong to the certificate.'],
  ['no chain', leaf.pem, leaf.key, 'It lacks the certificate of CN=middle, who has signed'],
])('%s is refused before anything is touched', async (_what, pem, key, sentence) => {
  runs(plain());
  await expect(
    giveCertificate('motorpool', { files: writeCertificate(folder, pem, key), names: [] }),
  ).rejects.toThrow(`fullchain.pem was not taken, and nothing was touched. ${sentence}`);
  const kept = engine.requests.filter(request => /^POST \/(secrets|services)/.test(request));
  expect(kept).toEqual([]);
});

test('one that is for another name than the one before is refused, unless that name is said', async () => {
  runs(secured(), 'other.example');
  const files = writeCertificate(folder, chain, leaf.key);
  await expect(showCertificate('motorpool', { files, names: [] })).rejects.toThrow(
    'It is for motorpool.example, and not for other.example.',
  );
  await showCertificate('motorpool', { files, names: ['motorpool.example'] });
  expect(said.at(-1)).toBe('2 changes.');
});

test('the same one for fewer names is another one', async () => {
  runs(secured());
  const two = makeCertificates(['DNS:motorpool.example', 'DNS:www.motorpool.example']);
  const files = writeCertificate(folder, two.leaf.pem + two.middle.pem + two.root.pem, two.leaf.key);
  await showCertificate('motorpool', { files, names: ['motorpool.example'] });
  const [, first] = said.splice(0);
  await showCertificate('motorpool', { files, names: ['motorpool.example', 'www.motorpool.example'] });
  expect(said[1]).not.toBe(first);
});

test('without a release there is nothing that could have a certificate', async () => {
  runs(plain());
  engine.answers['GET /services'] = [];
  await expect(showCertificate('motorpool', { files: ['none'], names: [] })).rejects.toThrow(
    'There is nothing to give a certificate to: no release runs. Deploy one first.',
  );
});

test('the plan of a certificate for a release that does not run yet checks it, and says for whom it is', async () => {
  runs(plain());
  engine.answers['GET /services'] = [];
  const files = writeCertificate(folder, chain, leaf.key);
  await showCertificate('motorpool', { files, names: [] });
  expect(said).toEqual([
    expect.stringMatching(/The next release of the stack motorpool would get:$/),
    expect.stringMatching(/^ +\+ HTTPS for motorpool\.example, valid until \d{4}/),
    '1 change.',
  ]);
  const foreign = showCertificate('motorpool', { files, names: ['other.example'] });
  await expect(foreign).rejects.toThrow('It is for motorpool.example, and not for other.example.');
});

test('a rollback behind HTTPS is refused while there is a certificate', async () => {
  runs(secured());
  const files = [stackFileOf('0.9'), secured()];
  engine.answers['GET /configs?filters={"label":["motorpool.release-of'] = files.map((file, index) =>
    configOf(index + 1, '1.0', file),
  );
  Object.assign(engine.answers, { 'GET /networks': [], 'GET /nodes': liveOf().nodes });
  await expect(rollback('motorpool', '1.0')).rejects.toThrow('take it away first (`certificate none`)');
});

test('a deploy and a rollback keep the certificate of now, and the status says until when it is valid', async () => {
  runs(secured());
  const [earlier, now] = [plain(), secured()].map((file, index) => configOf(index + 1, '1.0', file));
  engine.answers['GET /configs?filters={"label":["motorpool.release-of'] = [earlier, now];
  engine.answers = { 'GET /services?filters={"label":["motorpool.errand-of': null, ...engine.answers };
  Object.assign(engine.answers, { 'GET /networks': [], 'GET /nodes': liveOf().nodes, 'GET /tasks': [] });
  engine.answers['GET /distribution'] = { Descriptor: { digest: `sha256:${'a'.repeat(64)}` } };
  await docker.answer({ 'stack config --compose-file docker-compose.yml': JSON.stringify(plain()) });
  const nothing = { revision: '', images: '', only: [], renew: [] };
  await showPlan({ stack: 'motorpool', version: '1.0', ...nothing });
  await rollback('motorpool', '1.0').catch(() => {}); // the made-up engine does no errands
  expect(said).toContainEqual(expect.stringMatching(/Going back from version 1\.0 to 1\.0\./));
  expect(said.filter(line => /certificate|https/i.test(line))).toEqual([]);
  await status('motorpool');
  expect(said).toContain('HTTPS for motorpool.example, valid until 2030-01-01.');
});
