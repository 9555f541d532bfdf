import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from './support/free-port.ts';
import { type Program, startProgram } from './support/program.ts';
import { send } from './support/send.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { until } from './support/until.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const variables = ['PORT', 'SERVICE2_PORT', 'SERVICE3_PORT', 'SERVICE4_PORT'] as const;
const npmStart: [string, string[]] = ['npm', ['start']];
const starter: [string, string[]] = [process.execPath, ['scripts/start.ts']];

describe('npm start', () => {
  let ports: Record<(typeof variables)[number], number>;
  let env: NodeJS.ProcessEnv;
  let url: string;

  beforeEach(async () => {
    const [PORT, SERVICE2_PORT, SERVICE3_PORT, SERVICE4_PORT] = [
      await freePort(),
      await freePort(),
      await freePort(),
      await freePort(),
    ];
    ports = { PORT, SERVICE2_PORT, SERVICE3_PORT, SERVICE4_PORT };
    const texts = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
    const { PATH, HOME, NODE_V8_COVERAGE } = process.env;
    env = {
      PATH,
      HOME,
      NODE_V8_COVERAGE,
      DB_FILE: join(temporaryFolder('start').path, 'people.sqlite'),
      ...texts,
    };
    url = `http://localhost:${PORT}`;
  });

  test('says where to browse, and what is there is a draw', async () => {
    const program = await startAndBrowse(npmStart);
    expect(program.output()).toContain(`Motorpool runs: browse to ${url}, stop with Ctrl-C.`);
    expect((await send(url, '/', { headers: { Accept: 'text/plain' } })).body).toMatch(/ drives /);
    await program.stop();
  });

  test('leaves nothing 5 seconds after Ctrl-C', async () => {
    const program = await startAndBrowse(npmStart);
    // A terminal sends Ctrl-C to every process of the group.
    program.signal('SIGINT');
    await expectNothingLeft(program);
  });

  test('leaves nothing 5 seconds after its own process was killed', async () => {
    const program = await startAndBrowse(starter);
    process.kill(program.pid, 'SIGKILL');
    await expectNothingLeft(program);
  });

  test('keeps the people who were added', async () => {
    const first = await startAndBrowse(starter);
    const headers = { 'Content-Type': 'application/json' };
    const added = await send(url, '/people', { method: 'POST', headers, body: '{"name":"Ольга"}' });
    expect(added.status).toBe(201);
    first.signal('SIGINT');
    await expectNothingLeft(first);

    const second = await startAndBrowse(starter);
    const { id } = JSON.parse(added.body);
    const found = await send(url, `/people/${id}`, { headers: { Accept: 'application/json' } });
    expect([found.status, JSON.parse(found.body)]).toEqual([200, { id, name: 'Ольга' }]);
    await second.stop();
  });

  test.each(variables)('names a taken port and %s in one sentence, and leaves nothing', async variable => {
    const other = createServer().listen(ports[variable], '127.0.0.1');
    await once(other, 'listening');
    const program = await startProgram(...starter, { cwd: root, env });
    expect((await program.exited).code).toBe(1);
    expect(program.output()).toBe(
      `Port ${ports[variable]} is taken; stop what listens there, or set ${variable} to another one.\n`,
    );
    other.close();
    await once(other, 'close');
    await expectNothingLeft(program);
  });

  async function startAndBrowse([command, args]: [string, string[]]): Promise<Program> {
    const program = await startProgram(command, args, { cwd: root, env });
    await until('it said where to browse', () => program.output().includes('browse to'), 20_000);
    return program;
  }

  async function expectNothingLeft(program: Program): Promise<void> {
    await until('every process was gone', () => !isGroupAlive(program.pid), 5000);
    for (const port of Object.values(ports)) expect([port, await isFree(port)]).toEqual([port, true]);
  }
});

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0);
  } catch {
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>(resolve => {
    server.once('error', () => resolve(false));
    server.listen(port, () => resolve(true));
  });
  server.close();
  return free;
}
