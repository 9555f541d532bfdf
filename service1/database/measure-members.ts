import type { Metrics } from '@motorpool/service/metrics.ts';
import { Gauge } from 'prom-client';
import { type People, patienceMs } from '../people/people.ts';

const roles = ['alone', 'primary', 'secondary', 'out'] as const;

/**
 * Lets Prometheus see how many servers the database has, by their role: alone, primary or secondary of a group, or out.
 * When it asks, it learns what they said when it asked before, so that none of them holds it up.
 */
export function measureMembers({ registry }: Metrics, { members }: Pick<People, 'members'>): void {
  new Gauge({
    name: 'database_members',
    help: 'How many servers of the database service 1 sees, by role: alone, primary, secondary, out.',
    labelNames: ['role'],
    registers: [registry],
    collect() {
      void members(performance.now() + patienceMs).then(found => {
        const seen = found.map(({ role, isUp }) => role ?? (isUp ? 'alone' : 'out'));
        for (const role of roles) this.set({ role }, seen.filter(each => each === role).length);
      });
    },
  });
}
