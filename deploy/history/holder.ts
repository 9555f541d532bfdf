import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Who a process is, over all machines and times: `boot, process namespace, number, start`. A number alone is soon
 * another's, on this machine after a while and in another container at once. Null where the system does not tell.
 */
export function identityOf(process: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${process}/stat`, 'utf8');
    const start = stat.slice(stat.lastIndexOf(')')).split(' ')[20];
    return [boot, readlinkSync('/proc/self/ns/pid'), process, start].join(', ');
  } catch {
    return null;
  }
}

/** Whether that process is provably no more: it ran where this one runs, and it does not any more. */
export function isGone(identity: string): boolean {
  const [boot, namespace, number] = identity.split(', ');
  const here = identityOf(process.pid)?.split(', ') ?? [];
  return boot === here[0] && namespace === here[1] && identityOf(Number(number)) !== identity;
}
