import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from './support/free-port.ts';
import { send } from './support/send.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { startInTerminal, type Terminal } from './support/terminal.ts';
import { until } from './support/until.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const variables = ['PORT', 'SERVICE2_PORT', 'SERVICE3_PORT', 'SERVICE4_PORT'] as const;
// An address of this machine that others may reach, if it has one.
const outside = Object.values(networkInterfaces())
  .flatMap(addresses => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
const testOutside = outside || process.env.CI ? test : test.skip;
const npmStart = ['npm', 'start'];
const starter = [process.execPath, 'scripts/start.ts'];

describe('npm start', () => {
  let ports: Record<(typeof variables)[number], number>;
  let env: NodeJS.ProcessEnv;
  let url: string;

  beforeEach(async () => {
    const entries = await Promise.all(variables.map(async name => [name, await freePort()] as const));
    ports = Object.fromEntries(entries) as typeof ports;
    url = `http://localhost:${ports.PORT}`;
    const texts = Object.fromEntries(entries.map(([name, port]) => [name, String(port)]));
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    const DB_FILE = join(temporaryFolder('start').path, 'people.sqlite');
    env = { PATH, HOME, NODE_COMPILE_CACHE, DB_FILE, ...texts };
  });

  test('says where to browse, what is there is a draw, and nothing is left 5 seconds after Ctrl-C', async () => {
    const terminal = await startAndBrowse(npmStart);
    expect(terminal.output()).toContain(`Motorpool runs: browse to ${url}, stop with Ctrl-C.`);
    expect((await send(url, '/', { headers: { Accept: 'text/plain' } })).body).toMatch(/ drives /);
    expect(terminal.processes().length).toBeGreaterThan(5);
    terminal.pressCtrlC();
    await expectNothingLeft(terminal);
  });

  test('leaves nothing 5 seconds after npm was told to stop', async () => {
    const terminal = await startAndBrowse(npmStart);
    process.kill(terminal.processes()[0] ?? 0, 'SIGTERM');
    await expectNothingLeft(terminal);
  });

  test('leaves nothing 5 seconds after its own process was killed', async () => {
    const terminal = await startAndBrowse(starter);
    const [starterPid = 0, ...others] = terminal.processes();
    expect(others).toHaveLength(4);
    process.kill(starterPid, 'SIGKILL');
    await expectNothingLeft(terminal);
  });

  test('ends as a whole, with exit code 1, when one of its services dies', async () => {
    const terminal = await startAndBrowse(starter);
    process.kill(terminal.processes().at(-1) ?? 0, 'SIGKILL');
    await expectNothingLeft(terminal);
    expect(terminal.output()).toContain('Ended with exit code 1.');
  });

  test('keeps the people who were added', async () => {
    const first = await startAndBrowse(starter);
    const headers = { 'Content-Type': 'application/json' };
    const added = await send(url, '/people', { method: 'POST', headers, body: '{"name":"Ольга"}' });
    expect(added.status).toBe(201);
    first.pressCtrlC();
    await expectNothingLeft(first);

    await startAndBrowse(starter);
    const { id } = JSON.parse(added.body);
    const found = await send(url, `/people/${id}`, { headers: { Accept: 'application/json' } });
    expect([found.status, JSON.parse(found.body)]).toEqual([200, { id, name: 'Ольга' }]);
  });

  test.each([
    ['npm runs no scripts but the one that it is asked for', { npm_config_ignore_scripts: 'true' }],
    ['a proxy is named that does not answer', { NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9' }],
    ['it is named as no header can be', { INSTANCE: '机械革命', VERSION: 'première ✓' }],
    ['everything is asked to be on IPv6', { HOST: '::1' }],
  ])('draws where %s', async (_what, exported: NodeJS.ProcessEnv) => {
    env = { ...env, ...exported };
    const terminal = await startAndBrowse(exported.npm_config_ignore_scripts ? npmStart : starter);
    const place = exported.HOST ? `http://[${exported.HOST}]:${ports.PORT}` : url;
    expect(terminal.output()).toContain(`browse to ${place}, stop`);
    const { status, headers, body } = await send(place, '/', { headers: { Accept: 'application/json' } });
    expect(status).toBe(200);
    const { steps } = JSON.parse(body).receipt;
    expect(steps.service4.instance).toBe(exported.INSTANCE ?? hostname());
    expect(steps.service4.version).toBe(exported.VERSION ?? 'dev');
    expect(decodeURIComponent(String(headers['x-instance']))).toBe(steps.service4.instance);
  });

  test('is reached from this machine alone', async () => {
    await startAndBrowse(starter);
    for (const port of Object.values(ports)) expect(await accepts(port, '127.0.0.1')).toBe(true);
    for (const port of Object.values(ports)) expect(await accepts(port, '127.0.0.2')).toBe(false);
    expect((await send(url, '/metrics')).status).toBe(200);
  });

  testOutside('shows at an address that is asked for neither /metrics nor the other services', async () => {
    const HOST = String(outside);
    env = { ...env, HOST };
    const terminal = await startAndBrowse(starter);
    const place = `http://${HOST}:${ports.PORT}`;
    expect(terminal.output()).toContain(`browse to ${place}, stop`);
    expect((await send(place, '/')).status).toBe(200);
    expect((await send(place, '/metrics')).status).toBe(404);
    const { PORT: _page, ...others } = ports;
    for (const port of Object.values(others)) expect(await accepts(port, HOST)).toBe(false);
  });

  test.each([
    ['x86_64-conda-linux-gnu', /^Expected HOST .* to be an IP address of this machine, or not set /],
    ['192.0.2.1', /^Nothing can listen at 192\.0\.2\.1 \(EADDRNOTAVAIL\); set HOST to .*, or unset it\.\n/],
  ])('says in one sentence that HOST cannot be %s', async (HOST, sentence) => {
    const terminal = await startInTerminal(starter, { ...env, HOST }, root);
    await until('it ended', () => terminal.output().includes('Ended'));
    expect(terminal.output()).toMatch(sentence);
    expect(terminal.output()).toMatch(/^.+\nEnded with exit code 1\.\n$/);
    await expectNothingLeft(terminal);
  });

  test.each(variables)('names a taken port and %s in one sentence, and leaves nothing', async variable => {
    const other = createServer().listen(ports[variable], '127.0.0.1');
    await once(other, 'listening');
    const terminal = await startInTerminal(starter, env, root);
    try {
      await until('it ended', () => terminal.output().includes('Ended'));
    } finally {
      other.close();
    }
    const advice = `stop what listens there, or set ${variable} to another one.`;
    expect(terminal.output()).toBe(`Port ${ports[variable]} is taken; ${advice}\nEnded with exit code 1.\n`);
    await expectNothingLeft(terminal);
  });

  async function startAndBrowse(command: string[]): Promise<Terminal> {
    const terminal = await startInTerminal(command, env, root);
    await until('it said where to browse', () => terminal.output().includes('browse to'));
    return terminal;
  }

  async function expectNothingLeft(terminal: Terminal): Promise<void> {
    await until('every process was gone', () => terminal.processes().length === 0, 5000);
    for (const port of Object.values(ports))
      expect([port, await accepts(port, 'localhost')]).toEqual([port, false]);
    await terminal.close();
  }
});

function accepts(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host }, () => resolve(true));
    socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
  });
}
