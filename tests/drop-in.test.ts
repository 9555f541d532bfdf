import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { declaration as service2Settings } from '../service2/settings.ts';
import { declaration as service3Settings } from '../service3/settings.ts';
import { declaration as service4Settings } from '../service4/settings.ts';
import { send } from './support/send.ts';
import { startService } from './support/service.ts';

/** A client as somebody wrote it in 2020 in Python, with nothing but the standard library. */
const pythonClient = `
import sys, urllib.request
number, car, colour = sys.argv[1:4]
print(int(urllib.request.urlopen(number + '/number').read()))
print(urllib.request.urlopen(car + '/car').read().decode())
print(urllib.request.urlopen(colour + '/colour', data='Amelia'.encode()).read().decode())
`;
const hasPython = spawnSync('python3', ['--version']).status === 0;

describe("a client of the forerunner's services", () => {
  let number: string;
  let car: string;
  let colour: string;

  beforeAll(async () => {
    const started = await Promise.all([
      startService('service2'),
      startService('service3'),
      startService('service4'),
    ]);
    [number = '', car = '', colour = ''] = started.map(({ url }) => url);
  });

  test('finds the services on ports 5001, 5002 and 5003', () => {
    const ports = [service2Settings, service3Settings, service4Settings].map(({ PORT }) => PORT.default);
    expect(ports).toEqual([5001, 5002, 5003]);
  });

  test('gets a number from 1 to 10 as text', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(number, '/number')));
    for (const { status, headers, body } of answers) {
      expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
      expect(body).toMatch(/^([1-9]|10)$/);
    }
  });

  test('gets one of the car types as text', async () => {
    const types = (await send(car, '/cars')).body.split('\n');
    const { status, headers, body } = await send(car, '/car');
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(types).toContain(body);
  });

  test.each([undefined, 'text/plain', 'text/plain; charset=utf-8', 'application/x-www-form-urlencoded'])(
    'posts a name with Content-Type %s and gets its colour as text',
    async type => {
      const headers = type === undefined ? {} : { 'Content-Type': type };
      const post = (body: string) => send(colour, '/colour', { method: 'POST', headers, body });
      const amelia = await post('Amelia');
      expect([amelia.status, amelia.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
      expect([amelia.body, (await post('Zoë')).body, (await post('Élodie')).body]).toEqual([
        'amber',
        'zaffre',
        'emerald',
      ]);
    },
  );

  test('gets the same answers with the headers of curl, wget and Python', async () => {
    for (const agent of ['curl/7.68.0', 'Wget/1.20.3', 'python-requests/2.23.0', 'Python-urllib/3.8']) {
      const headers = {
        'User-Agent': agent,
        Accept: '*/*',
        'Accept-Encoding': 'identity',
        Connection: 'close',
      };
      expect((await send(number, '/number', { headers })).body).toMatch(/^\d+$/);
      expect((await send(car, '/car', { headers })).body).toMatch(/^[a-z]+$/);
      expect((await send(colour, '/colour', { method: 'POST', headers, body: 'Bo' })).body).toBe('blue');
    }
  });

  (hasPython ? test : test.skip)('may be a script in Python', () => {
    const { stdout, stderr } = spawnSync('python3', ['-c', pythonClient, number, car, colour], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d+\n[a-z]+\namber\n$/);
  });
});
