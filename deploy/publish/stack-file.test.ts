import { expect, test } from '@jest/globals';
import { stackFileOf } from '../history/test-release.ts';
import { forSwarm, renderStackFile } from './render.ts';
import { asDeployed, textOf } from './stack-file.ts';

test('a deployed stack file names its configs and secrets, and no file that may change', () => {
  const file = stackFileOf('1.0');
  file.secrets.token = { name: 'motorpool_token_1', file: '/somewhere/token' };
  const { configs, secrets, services } = asDeployed(file);
  expect(configs).toEqual({ cars: { name: 'motorpool_cars_1.0', external: true } });
  expect(secrets).toEqual({
    db_password: { name: 'password_1.0', external: true },
    token: { name: 'motorpool_token_1', external: true },
  });
  expect(services).toEqual(file.services);
});

test("a stack file for the swarm builds nothing, and has the swarm's passwords", () => {
  const file = stackFileOf('1.0');
  file.services.service1 = { ...file.services.service1, build: { context: '.' } };
  file.secrets.db_password = { name: 'of one machine', file: '/db/password-for-one-machine.txt' };
  expect(forSwarm(file, { password: 'new', firstPassword: 'first', members: [] })).toEqual({
    ...stackFileOf('1.0'),
    secrets: {
      db_password: { name: 'new', external: true },
      db_first_password: { name: 'first', external: true },
    },
  });
});

test('a text that older docker clients would take for something else is quoted', () => {
  const file = stackFileOf('1.0');
  file.services.service1 = { environment: { EMPTY: 'yes', TIME: '1:30' }, image: 'service1' };
  expect(textOf(file)).toContain('EMPTY: "yes"\n      TIME: "1:30"\n    image: service1\n');
});

test.each([
  ['PROXIES', '10.0.0.7, proxy.example'],
  ['PROXIES', '10.0.0.0/33'],
  ['PROXIES', '*'],
  ['HSTS_SECONDS', '1 year'],
])('%s that NGINX would not take is refused: %s', async (name, value) => {
  process.env[name] = value;
  const names = {
    images: '',
    password: '',
    firstPassword: '',
    databaseNode: '',
    members: [],
    certificate: null,
  };
  await expect(renderStackFile({ version: '1.0', revision: '', ...names })).rejects.toThrow(
    `Nothing was touched: ${name} takes `,
  );
  delete process.env[name];
});
