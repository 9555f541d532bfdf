import { dockerOn, nodes } from './nodes.ts';

/** The memory that the stack's containers use now on all nodes, in MiB, by service, as `docker stats` counts it. */
export async function memoryByService(): Promise<Map<string, number>> {
  const lists = await Promise.all(
    nodes.map(node => dockerOn(node, ['stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}'])),
  );
  const memory = new Map<string, number>();
  for (const line of lists.flatMap(list => list.split('\n'))) {
    const [, service, number, unit] = /^motorpool_(\w+)\.\S+ ([\d.]+)(MiB|GiB|KiB)/.exec(line) ?? [];
    const factor = { KiB: 1 / 1024, MiB: 1, GiB: 1024 }[unit ?? ''] ?? 0;
    if (service) memory.set(service, (memory.get(service) ?? 0) + Number(number) * factor);
  }
  return memory;
}

/** The memory of a stack as a sentence: the whole, and each service. */
export function memoryText(memory: Map<string, number>): string {
  const total = [...memory.values()].reduce((sum, one) => sum + one, 0);
  const each = [...memory].sort().map(([name, mebibytes]) => `${name} ${Math.round(mebibytes)}`);
  return `${Math.round(total)} MiB (${each.join(', ')})`;
}
