import type { ServiceName } from '../release.ts';

/** A bad release, and how the deploy command must speak of it. */
export type Animal = {
  animal: string;
  service: ServiceName;
  does: string;
  cause: RegExp;
  /** Who sees it: the rehearsal before anything is changed, the swarm's own rollback, or the draws of the deploy. */
  seenBy: 'rehearsal' | 'swarm' | 'draws';
};

/** The bad releases that are images: what is wrong with each is a file in lab/zoo. */
export const animals: Animal[] = [
  {
    animal: 'exits-at-start',
    service: 'service2',
    does: 'exits at its start',
    cause: /service2 .*exits at start, with code 3.*garages/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'never-healthy',
    service: 'service3',
    does: 'is never healthy',
    cause: /service3 .*not healthy.*refused/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'answers-500',
    service: 'service1',
    does: 'answers 500 to draws',
    cause: /service1 .*not healthy.*500/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'answers-rubbish',
    service: 'service4',
    does: 'answers rubbish',
    cause: /service4 .*not healthy.*undefined/s,
    seenBy: 'rehearsal',
  },
  {
    animal: 'ignores-sigterm',
    service: 'service2',
    does: 'ignores SIGTERM',
    cause: /service2 .*ignores SIGTERM/,
    seenBy: 'rehearsal',
  },
  {
    animal: 'dies-later',
    service: 'service1',
    does: 'is healthy and dies after 20 seconds',
    cause: /service1 was rolled back by the swarm.*licence/s,
    seenBy: 'swarm',
  },
  {
    animal: 'leaks',
    service: 'service3',
    does: 'leaks memory until it is killed',
    cause: /service3 was rolled back by the swarm.*(137|OOM|unhealthy)/is,
    seenBy: 'swarm',
  },
];
