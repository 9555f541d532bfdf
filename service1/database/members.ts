import { addressesOf } from '@motorpool/service/balance.ts';
import { createTargets } from '@motorpool/service/targets.ts';
import { createMember, type Member } from './member.ts';
import type { MysqlSettings } from './mysql.ts';
import { tlsOf } from './tls.ts';

const fresh = 1000;
const stale = 10_000;
const soon = 100;
/** So long a name may be looked up (ms), and so long where there is another one. */
const [nameMs, oneOfSeveralMs] = [600, 300];

/** No server says that it is the primary; there may be one in a moment. */
export class NoPrimary extends Error {}

/**
 * The servers behind the names in DB_HOST, each at an address. Where there are several, they are asked once a second
 * what they are, while they are used; where there is one, nothing depends on that.
 */
export function createMembers(settings: MysqlSettings) {
  const hosts = (settings.DB_HOST ?? '').split(',').map(each => {
    const host = each.trim();
    const ssl = tlsOf(host, settings);
    return createTargets(
      () => addressesOf(host),
      address => createMember(host, address, ssl, settings),
    );
  });

  /** All of them. Throws a TooLate, or what the look-up throws while no address is known. */
  async function all(deadline: number): Promise<Member[]> {
    const lookUpMs = Math.min(hosts.length > 1 ? oneOfSeveralMs : nameMs, deadline - performance.now());
    const found = await Promise.allSettled(hosts.map(host => host.all(lookUpMs)));
    const members = found.flatMap(each => (each.status === 'fulfilled' ? each.value : []));
    for (const each of found) if (members.length === 0 && each.status === 'rejected') throw each.reason;
    if (members.length > 1) {
      for (const member of members) void member.look(fresh);
      await lookAt(members, stale);
    }
    return members;
  }

  return {
    all,
    /** Whom to read from, the primary if it is well; and whether there is another one that is well and was not tried. */
    async toRead(tried: Set<Member>, deadline: number): Promise<{ member: Member; hasOther: boolean }> {
      const badness = (member: Member) => member.badness() + (tried.has(member) ? 8 : 0);
      const [member, other] = (await all(deadline)).toSorted((a, b) => badness(a) - badness(b));
      if (!member) throw new Error('The name has no address.');
      return { member, hasOther: other !== undefined && badness(other) <= 1 };
    },
    /** Who takes people in: the only one, or one that says so and was not tried. Throws a NoPrimary. */
    async toAdd(tried: Set<Member>, deadline: number): Promise<{ member: Member; hasOther: boolean }> {
      const members = await all(deadline);
      const hasOther = members.length > 1;
      if (hasOther && !members.some(member => member.isPrimary())) await lookAt(members, soon);
      const [member] = members.filter(each => !hasOther || (each.isPrimary() && !tried.has(each)));
      if (member) return { member, hasOther };
      tried.clear();
      throw new NoPrimary('No server says that it is the primary.');
    },
    close: async () => void (await Promise.all(hosts.map(host => host.close()))),
  };
}

function lookAt(members: Member[], knownMs: number): Promise<unknown> {
  return Promise.all(members.map(member => member.look(knownMs)));
}
