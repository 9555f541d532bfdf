import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { ServiceError } from '@motorpool/service/errors.ts';
import type { Setting } from '@motorpool/service/settings.ts';

/** Addresses and ranges of them, of IPv4 and IPv6, apart by commas or spaces. They may be left out. */
export function addressRanges(meaning: string): Setting<BlockList | undefined> {
  return { meaning, default: undefined, parse: rangesOf };
}

/**
 * Lets nobody look but those whom the ranges name, by the address that NGINX saw, or by their own where they ask service 1
 * itself. Throws 403 to all others.
 */
export async function refuseUnnamed(
  { socket, headers }: IncomingMessage,
  ranges: BlockList | undefined,
  addressesOfNginx: () => Promise<string[]>,
): Promise<void> {
  if (!ranges) throw closed('Set FLEET_FOR to the addresses that may see it, like 192.168.7.0/24.');
  const peer = plain(socket.remoteAddress ?? '');
  const told = headers['x-forwarded-for'];
  const address = told === undefined ? peer : plain(String(told));
  if (!isIn(ranges, address))
    throw closed(
      `FLEET_FOR names those who may see it, and ${isIP(address) ? address : 'you'} is not among them.`,
    );
  // NGINX replaces what a client says of itself; others could write whatever they like. A new one is soon known.
  if (told !== undefined && !(await addressesOfNginx().catch((): string[] => [])).includes(peer))
    throw closed('Only NGINX is believed who asks, and this came from somebody else.', { Refresh: '2' });
}

function closed(why: string, headers?: Record<string, string>): ServiceError {
  return new ServiceError({
    status: 403,
    title: 'The fleet is not for everybody',
    detail: why,
    ...(headers && { headers }),
  });
}

function rangesOf(value: string): BlockList {
  const ranges = new BlockList();
  for (const range of value.split(/[\s,]+/).filter(Boolean)) {
    const [, address = '', bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(range) ?? [];
    const most = isIP(address) === 4 ? 32 : 128;
    if (!isIP(address) || Number(bits ?? 0) > most)
      throw new Error('addresses or ranges like 192.168.7.0/24 and 2001:db8::/32');
    ranges.addSubnet(address, Number(bits ?? most), familyOf(address));
  }
  return ranges;
}

function isIn(ranges: BlockList, address: string): boolean {
  return isIP(address) > 0 && ranges.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

/** A socket for both families has IPv4 addresses as ::ffff:192.168.7.9, and a link-local one names its interface. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '').replace(/%.*/, '');
}
