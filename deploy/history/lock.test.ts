import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, jest, test } from '@jest/globals';
import { testSwarm } from '../swarm/test-swarm.ts';
import { identityOf, isGone } from './holder.ts';
import { whileLocked } from './lock.ts';

const { engine } = testSwarm();

test('a lock that cannot be removed does not hide why the work failed', async () => {
  engine.answers = { 'POST /configs/create': { ID: 'lock' } };
  const complaint = jest.spyOn(console, 'error').mockReturnValue();
  const work = whileLocked('motorpool', 0, () => Promise.reject(new Error('the work failed')));
  await expect(work).rejects.toThrow('the work failed');
  expect(complaint).toHaveBeenCalledWith(expect.stringContaining('docker config rm motorpool_lock'));
});

test('a lock that somebody holds is an error that names the holder', async () => {
  held(`${identityOf(process.ppid)}`);
  await expect(whileLocked('motorpool', 0, notReached)).rejects.toThrow(
    'Another deploy holds the stack (process 7 on ci). Wait for it (--wait-lock 10m); if it is dead, run `docker config rm motorpool_lock`.',
  );
});

test('a lock of a process that was killed is taken over', async () => {
  const said = jest.spyOn(console, 'log').mockReturnValue();
  held(await identityOfTheDead());
  engine.answers['DELETE /configs/dead'] = () => {
    engine.answers['POST /configs/create'] = { ID: 'mine' };
    return null;
  };
  engine.answers['DELETE /configs/motorpool_lock'] = null;
  expect(await whileLocked('motorpool', 0, () => Promise.resolve('done'))).toBe('done');
  expect(said).toHaveBeenCalledWith(
    expect.stringContaining('was killed (process 7 on ci); its lock is taken'),
  );
  expect(engine.requests.map(request => request.slice(0, 30))).toEqual([
    'POST /configs/create {"Name":"',
    'GET /configs?filters={"name":[',
    'DELETE /configs/dead',
    'POST /configs/create {"Name":"',
    'DELETE /configs/motorpool_lock',
  ]);
});

test('a lock that goes before it is looked at is taken anew', async () => {
  engine.refusals['POST /configs/create'] = 'config motorpool_lock already exists';
  engine.answers = {
    'GET /configs': () => {
      engine.answers['POST /configs/create'] = { ID: 'mine' };
      return [];
    },
    DELETE: null,
  };
  expect(await whileLocked('motorpool', 0, () => Promise.resolve('done'))).toBe('done');
});

test('a lock that somebody gives back in time is waited for', async () => {
  const said = jest.spyOn(console, 'log').mockReturnValue();
  held(`${identityOf(process.ppid)}`);
  setTimeout(
    () => Object.assign(engine.answers, { 'POST /configs/create': { ID: 'mine' }, DELETE: null }),
    500,
  );
  expect(await whileLocked('motorpool', 5000, () => Promise.resolve('done'))).toBe('done');
  expect(said).toHaveBeenCalledTimes(1);
  expect(said).toHaveBeenCalledWith(expect.stringContaining('Waiting for another deploy'));
});

test('a process of another machine, or of a system that does not tell, is not known to be gone', async () => {
  const identity = await identityOfTheDead();
  expect(isGone(identity)).toBe(true);
  expect(isGone(identity.replace(/^./, 'x'))).toBe(false);
  expect(isGone('unknown')).toBe(false);
  expect(isGone(`${identityOf(process.pid)}`)).toBe(false);
});

/** Lets a process hold the lock. */
function held(identity: string): void {
  const Data = Buffer.from(identity).toString('base64');
  const Spec = { Name: 'motorpool_lock', Labels: { 'motorpool.holder': 'process 7 on ci' }, Data };
  engine.answers = { 'GET /configs?filters={"name":["motorpool_lock"]}': [{ ID: 'dead', Spec }] };
}

async function identityOfTheDead(): Promise<string> {
  const child = spawn('sleep', ['60']);
  const identity = identityOf(Number(child.pid));
  child.kill('SIGKILL');
  await once(child, 'close');
  return `${identity}`;
}

function notReached(): Promise<never> {
  return Promise.reject(new Error('not reached'));
}

test.each(['SIGTERM', 'SIGHUP'] as const)(
  'at a %s the lock is given back, with word that the stack is half-made',
  async signal => {
    engine.answers = { GET: [], 'POST /configs/create': { ID: 'lock' }, DELETE: null };
    const from = (file: string) => `import(${JSON.stringify(new URL(file, import.meta.url).href)})`;
    const program = `
    const [{ whileLocked }, { recorded }] = await Promise.all([${from('lock.ts')}, ${from('attempts.ts')}]);
    await whileLocked('motorpool', 0, () => recorded('motorpool', '1.1', async touch => {
      await touch();
      console.log('touched');
      await new Promise(() => setInterval(() => {}, 1000));
    }));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { env: process.env });
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([130, null]);
    const changes = engine.requests.filter(request => !request.startsWith('GET'));
    expect(changes).toEqual([
      expect.stringContaining('"motorpool_lock"'),
      expect.stringMatching(/"motorpool_attempt_1".*"motorpool\.attempt\.outcome":"under way"/),
      'DELETE /configs/motorpool_lock',
    ]);
  },
);
