import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { optionalText, readSettings } from '@motorpool/service/settings.ts';
import { scriptOf } from '../deploy/run/run-sql.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

/** Each reads the file `registry.password` of a folder in its own way, and gives the password. */
const readers: Record<string, (folder: string) => string | undefined> = {
  'a service': folder =>
    readSettings({ KEY: optionalText('the key') }, { KEY_FILE: join(folder, 'registry.password') }).KEY,
  'a job that runs SQL': folder => {
    const script = scriptOf('$password', ['password']).replace('/run/secrets/', `${folder}/registry.`);
    return bash(script.replace('mysql --user=root', 'cat')).slice(0, -1);
  },
  'the first start of MySQL': folder => {
    const sql = bash('mysql() { cat; }; . db/init.sh', {
      SCHEMA: 'db/schema.sql',
      MYSQL_FOLDER: folder,
      MYSQL_DATABASE: 'motorpool',
      DB_USER: 'motorpool',
      DB_PASSWORD_FILE: join(folder, 'registry.password'),
    });
    return /IDENTIFIED BY '([^']*)'/.exec(sql)?.[1];
  },
  'the maker of credentials': folder => {
    bash('bash ansible/files/make-credentials.sh "$FOLDER" localhost 5000 us', { FOLDER: folder });
    const { auths } = JSON.parse(readFileSync(join(folder, 'docker/config.json'), 'utf8'));
    const password = Buffer.from(auths['localhost:5000'].auth, 'base64').toString().slice('us:'.length);
    const [, hash = ''] = readFileSync(join(folder, 'registry.htpasswd'), 'utf8').trimEnd().split(':');
    expect(
      spawnSync('perl', ['-e', 'print crypt $ARGV[0], $ARGV[1]', password, hash]).stdout.toString(),
    ).toBe(hash);
    return password;
  },
  Jenkins: folder => {
    mkdirSync(join(folder, 'jenkins'));
    mkdirSync(join(folder, 'agent'));
    cpSync(join(folder, 'registry.password'), join(folder, 'registry-password'));
    for (const name of ['nodes-key', 'known_hosts', 'registry.crt', 'jenkins/admin-password'])
      writeFileSync(join(folder, name), 'x\r\n');
    writeFileSync(join(folder, 'agent/authorized-keys'), '');
    const script = readFileSync('jenkins/agent/make-keys.sh', 'utf8').replaceAll(/\/(given|keys)\b/g, folder);
    bash(`chown() { :; }; ${script}`);
    expect(readFileSync(join(folder, 'jenkins/nodes-key'), 'utf8')).toBe('x\n');
    return readFileSync(join(folder, 'jenkins/registry-password'), 'utf8').trim(); // casc.yaml trims it too
  },
};

test.each(Object.keys(readers))('a password ends where its line ends for %s', reader => {
  const password = 'pässword # 1';
  const ends = ['', '\n', '\r\n\r\n', '\nof last year\n'];
  for (const content of [...ends.map(end => password + end), `\ufeff${password}\r\n`]) {
    const folder = temporaryFolder('password').path;
    writeFileSync(join(folder, 'registry.password'), content);
    expect(readers[reader]?.(folder)).toBe(password);
  }
});

function bash(script: string, env: Record<string, string> = {}): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-euc', script], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'], // with a socket to read from, bash would take itself for a remote shell
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}
