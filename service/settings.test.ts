import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  certificates,
  oneOf,
  optionalText,
  ownAddress,
  readSettings,
  SettingsError,
  serviceUrl,
  text,
  wholeNumber,
} from './settings.ts';

const declaration = {
  PORT: wholeNumber('the port', 1, 65535, 5000),
  LEVEL: oneOf('the level', ['info', 'debug'], 'info'),
  PEER_URL: serviceUrl('the peer', 'http://localhost:5001'),
  PASSWORD: optionalText('the password'),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const file = join(folder, 'secret');
  writeFileSync(file, content);
  return file;
}

describe('When nothing is set', () => {
  test('every setting has its default', () => {
    const settings = readSettings(declaration, {});
    expect(settings).toEqual({
      PORT: 5000,
      LEVEL: 'info',
      PEER_URL: new URL('http://localhost:5001'),
      PASSWORD: undefined,
    });
  });

  test('a setting without a default is asked for by its name and meaning', () => {
    const needed = { NAME: text('the name'), COUNT: wholeNumber('the count', 0, 9) };
    expect(() => readSettings(needed, {})).toThrow(
      new SettingsError('Set NAME: the name.\nSet COUNT: the count.'),
    );
  });

  test('an empty value counts as not set', () => {
    expect(readSettings(declaration, { PORT: '', LEVEL: '' })).toMatchObject({ PORT: 5000, LEVEL: 'info' });
  });
});

describe('When values are set', () => {
  test('they become numbers, addresses and words', () => {
    const environment = { PORT: '80', LEVEL: 'debug', PEER_URL: 'http://service2:5001', PASSWORD: 'p' };
    const settings = readSettings(declaration, environment);
    expect(settings).toMatchObject({ PORT: 80, LEVEL: 'debug', PASSWORD: 'p' });
    expect(settings.PEER_URL.host).toBe('service2:5001');
  });

  test('one error names every wrong value, not only the first', () => {
    const environment = { PORT: '70000', LEVEL: 'loud', PEER_URL: 'service2' };
    expect(() => readSettings(declaration, environment)).toThrow(
      new SettingsError(
        [
          'Expected PORT (the port) to be a whole number from 1 to 65535, got "70000".',
          'Expected LEVEL (the level) to be one of info, debug, got "loud".',
          'Expected PEER_URL (the peer) to be an address like http://host:5001, got "service2".',
        ].join('\n'),
      ),
    );
  });

  test.each(['0', '65536', '-1', '1.5', '1e3', '0x50', ' 80', 'eighty', '９'])('"%s" is no port', PORT => {
    expect(() => readSettings(declaration, { PORT })).toThrow(SettingsError);
  });

  test.each(['https://host', 'http://host/path', 'host:5001', 'ftp://host', 'http://'])(
    '"%s" is no address of a service',
    PEER_URL => {
      expect(() => readSettings(declaration, { PEER_URL })).toThrow(SettingsError);
    },
  );
});

test.each(['127.0.0.1', '::1', 'fe80::1%lo', '0.0.0.0', 'localhost'])(
  '"%s" is an address to listen on',
  HOST => {
    expect(readSettings({ HOST: ownAddress('the address') }, { HOST }).HOST).toBe(HOST);
  },
);

test.each(['x86_64-conda-linux-gnu', 'my-laptop', '[::1]', 'http://localhost', '1.2.3', ' '])(
  'where a shell has set HOST to "%s", the advice is to unset it',
  HOST => {
    expect(() => readSettings({ HOST: ownAddress('the address') }, { HOST })).toThrow(
      /^Expected HOST \(the address\) to be an IP address of this machine, or not set \(some shells set it\), got "/,
    );
  },
);

describe('When NAME_FILE is set', () => {
  test('the value is what the file holds, without the newline at its end', () => {
    expect(readSettings(declaration, { PASSWORD_FILE: fileWith('s3cret\n') }).PASSWORD).toBe('s3cret');
  });

  test.each(['s3 cret\r\n', 's3 cret\nof last year\n', '\ufeffs3 cret\r\n\r\n'])(
    'the value ends where its line ends, however an editor saved it: %j',
    content => {
      expect(readSettings(declaration, { PASSWORD_FILE: fileWith(content) }).PASSWORD).toBe('s3 cret');
    },
  );

  test('certificates are all of a file, and what is none is not printed', () => {
    const declared = { CA: certificates('the authority') };
    const pem = '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n';
    expect(readSettings(declared, { CA_FILE: fileWith(pem + pem) }).CA).toBe(pem + pem);
    expect(() => readSettings(declared, { CA_FILE: fileWith('-----BEGIN PRIVATE KEY-----\n') })).toThrow(
      new SettingsError('Expected CA (the authority) to be a certificate in PEM.'),
    );
  });

  test('NAME itself comes first', () => {
    const environment = { PASSWORD: 'mine', PASSWORD_FILE: fileWith('theirs') };
    expect(readSettings(declaration, environment).PASSWORD).toBe('mine');
  });

  test('an empty file counts as not set', () => {
    expect(readSettings({ KEY: text('the key', 'none') }, { KEY_FILE: fileWith('\n') }).KEY).toBe('none');
  });

  test('a file that cannot be read is named', () => {
    expect(() => readSettings(declaration, { PASSWORD_FILE: `${folder}/absent` })).toThrow(
      new SettingsError(`PASSWORD_FILE names a file that cannot be read: ${folder}/absent.`),
    );
  });

  test('no error prints a secret', () => {
    const environment = { PORT: 'x', PASSWORD: 's3cret', PASSWORD_FILE: fileWith('s3cret') };
    expect(() => readSettings(declaration, environment)).toThrow(/^(?!.*s3cret)Expected PORT /s);
    expect(() => readSettings(declaration, { ...environment, PASSWORD: '', PASSWORD_FILE: folder })).toThrow(
      /^(?!.*s3cret).*PASSWORD_FILE names a file/s,
    );
  });
});
