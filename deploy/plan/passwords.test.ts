import { expect, test } from '@jest/globals';
import { releaseOf } from '../history/test-release.ts';
import { scriptOf } from '../run/run-sql.ts';
import { serviceOf } from '../swarm/test-view.ts';
import { findPasswords } from './passwords.ts';

const releases = [releaseOf(1, 'old'), releaseOf(2, 'current')];

function usesSecret(SecretName: string, target: string) {
  const service = serviceOf('image');
  service.Spec.TaskTemplate.ContainerSpec.Secrets = [{ SecretName, File: { Name: target } }];
  return service;
}

test('the passwords are those that the services use', () => {
  const services = new Map([
    ['service1', usesSecret('used', 'db_password')],
    ['db', usesSecret('first', 'db_first_password')],
  ]);
  expect(findPasswords(services, releases, ['newest'])).toEqual({ password: 'used', firstPassword: 'first' });
});

test('after docker stack rm the password is that of the newest release, not of a rotation that failed', () => {
  const kept = ['made by a rotation that failed', 'password_current'];
  expect(findPasswords(new Map(), releases, kept)).toEqual({
    password: 'password_current',
    firstPassword: 'password_current',
  });
});

test('without a release, as after a first deploy that failed, the newest password that there is is taken', () => {
  expect(findPasswords(new Map(), [], ['newest', 'older'])?.password).toBe('newest');
  expect(findPasswords(new Map(), [], [])).toBeNull();
});

test('the job that runs SQL has no password in its script', () => {
  expect(scriptOf("ALTER USER motorpool IDENTIFIED BY '$new_password';", ['new_password'])).toBe(
    [
      String.raw`new_password=$(sed '1!d; s/^\xEF\xBB\xBF//; s/\r.*//' /run/secrets/new_password)`,
      'mysql --user=root <<END',
      "ALTER USER motorpool IDENTIFIED BY '$new_password';",
      'END',
    ].join('\n'),
  );
});
