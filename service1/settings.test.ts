import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readSettings } from '@motorpool/service/settings.ts';
import { parse } from 'dotenv';
import { checkTogether, declaration } from './settings.ts';

function read(environment: NodeJS.ProcessEnv) {
  const settings = readSettings(declaration, environment);
  checkTogether(settings);
  return settings;
}

describe('When service 1 is told nothing', () => {
  test('it uses the embedded database, and the other services on this machine', () => {
    const settings = read({});
    expect(settings).toMatchObject({
      PORT: 5000,
      DB_HOST: undefined,
      DB_PASSWORD: undefined,
      DB_PORT: 3306,
      DB_NAME: 'motorpool',
      DB_USER: 'motorpool',
      DB_FILE: 'db/motorpool.sqlite',
    });
    const { SERVICE2_URL, SERVICE3_URL, SERVICE4_URL } = settings;
    expect([SERVICE2_URL, SERVICE3_URL, SERVICE4_URL].map(({ port }) => port)).toEqual([
      '5001',
      '5002',
      '5003',
    ]);
  });
});

describe('When settings are wrong together', () => {
  test('production without DB_HOST is refused', () => {
    expect(() => read({ NODE_ENV: 'production' })).toThrow(/^Set DB_HOST: /);
  });

  test('DB_HOST without a password is refused', () => {
    expect(() => read({ DB_HOST: 'db' })).toThrow(/^Set DB_PASSWORD, or DB_PASSWORD_FILE /);
    expect(() => read({ DB_HOST: 'db', DB_PASSWORD: '' })).toThrow(/^Set DB_PASSWORD, /);
  });
});

describe('When the password is in a file', () => {
  test('it is read from there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-'));
    const file = join(folder, 'db_password');
    writeFileSync(file, 's3cret\n');
    const environment = { NODE_ENV: 'production', DB_HOST: 'db', DB_PASSWORD_FILE: file };
    expect(read(environment).DB_PASSWORD).toBe('s3cret');
    expect(() => read({ ...environment, DB_PORT: 'x' })).toThrow(/^(?!.*s3cret)Expected DB_PORT /s);
    rmSync(folder, { recursive: true });
  });

  test('a file that is not there is named, and nothing else', () => {
    expect(() => read({ DB_HOST: 'db', DB_PASSWORD_FILE: '/nowhere' })).toThrow(
      /^DB_PASSWORD_FILE names a file that cannot be read: \/nowhere\.$/,
    );
  });
});

describe('.env.example', () => {
  const example = readFileSync('.env.example', 'utf8');

  test('names every setting', () => {
    for (const name of Object.keys(declaration))
      expect(example).toMatch(new RegExp(`^# ${name}(_FILE)?=`, 'm'));
  });

  test('gives every setting its default, and no line of it is cut or wrong', () => {
    const { NODE_ENV: _, ...settings } = parse(example.replaceAll(/^# (?=[A-Z0-9_]+=)/gm, ''));
    const { PORT, LOG_LEVEL, DB_HOST } = settings;
    expect([PORT, LOG_LEVEL, DB_HOST]).toEqual(['8080', 'info', 'localhost']);
    expect(readSettings(declaration, { ...settings, PORT: '5000', DB_HOST: '' })).toEqual(read({}));
  });

  test('says how a password with a # is kept whole', () => {
    const [line = ''] = /DB_PASSWORD='.*'$/m.exec(example) ?? [];
    expect(parse(line)).toEqual({ DB_PASSWORD: 'pa#ss' });
  });
});
