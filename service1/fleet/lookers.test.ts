import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { addressRanges, refuseUnnamed } from './lookers.ts';

const nginx = '10.0.1.4';
const { parse } = addressRanges('who may look');

function look(ranges: string | null, peer: string, told?: string): Promise<void> {
  const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': told } };
  return refuseUnnamed(
    request as unknown as IncomingMessage,
    ranges ? parse(ranges) : undefined,
    async () => [nginx],
  );
}

test('while nothing is set nobody may look, and is told what to set', async () => {
  const refused = look(null, '127.0.0.1');
  await expect(refused).rejects.toMatchObject({ problem: { status: 403 } });
  await expect(refused).rejects.toThrow(/^Set FLEET_FOR /);
});

describe('When addresses are named', () => {
  test.each([
    ['192.168.7.0/24', nginx, '192.168.7.9'],
    ['192.168.7.9', nginx, '192.168.7.9'],
    ['10.9.9.9, 2001:db8::/32', nginx, '2001:db8::7'],
    ['2001:db8::/32 10.0.0.0/8', nginx, '10.200.0.1'],
    ['0.0.0.0/0', nginx, '8.8.8.8'],
    ['192.168.7.0/24', `::ffff:${nginx}`, '192.168.7.9'],
    ['192.168.7.0/24', '192.168.7.9', undefined],
    ['fe80::/10', 'fe80::1%eth0', undefined],
    ['192.168.7.0/24', '::ffff:192.168.7.9', undefined],
  ])('%s lets in who comes by %s from %s', async (ranges, peer, told) => {
    await look(ranges, peer, told);
  });

  test.each([
    ['192.168.7.0/24', nginx, '192.168.8.9', /192\.168\.8\.9 is not among them/],
    ['192.168.7.0/24', nginx, 'fe80::1', /fe80::1 is not/],
    ['192.168.7.0/24', nginx, 'unknown', /you is not/],
    ['192.168.7.0/24', nginx, '192.168.7.9, 192.168.7.9', /you is not/],
    ['192.168.7.0/24', nginx, '', /you is not/],
    ['10.0.0.0/8', nginx, '192.168.7.9', /192\.168\.7\.9 is not/],
    ['192.168.7.0/24', '10.0.1.5', '192.168.7.9', /Only NGINX is believed/],
    ['10.0.0.0/8', '10.0.1.5', '10.0.1.5', /Only NGINX is believed/],
    ['192.168.7.0/24', '10.0.1.5', undefined, /10\.0\.1\.5 is not/],
  ])('%s refuses who comes by %s and says to be %s', async (ranges, peer, told, why) => {
    await expect(look(ranges, peer, told)).rejects.toThrow(why);
  });
});

test('nobody is believed while it cannot be found out where NGINX is', async () => {
  const request = { socket: { remoteAddress: nginx }, headers: { 'x-forwarded-for': '192.168.7.9' } };
  const refused = refuseUnnamed(request as unknown as IncomingMessage, parse('192.168.7.0/24'), () =>
    Promise.reject(new Error('ENOTFOUND')),
  );
  await expect(refused).rejects.toThrow(/Only NGINX/);
});

test.each(['private', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/8/8', '10.0.0.0/', '10.0.0.0/8;::1'])(
  '%s is no list of addresses',
  value => {
    expect(() => parse(value)).toThrow('addresses or ranges like 192.168.7.0/24');
  },
);
