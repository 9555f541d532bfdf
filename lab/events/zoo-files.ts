import type { Event } from '../event.ts';
import type { Load } from '../load.ts';
import type { Stack } from '../stack.ts';
import { inVariant } from '../variant.ts';
import { good } from './ensure.ts';
import { refused } from './refused.ts';
import { seenByDrawsOnly } from './seen-by-draws.ts';

/** Bad releases of the good version: its images are well, a file that is deployed with them is not. */
export function badFileEvents(stack: Stack): Omit<Event, 'group'>[] {
  const happenWith = (file: string, change: (text: string) => string, cause: RegExp) => (load: Load) =>
    inVariant(file, change, folder => refused(stack, load, ['--version', good], cause, folder));
  return [
    {
      name: 'A release that lacks its secret',
      promise:
        'The swarm rolls back by itself, the deploy command fails and names the setting; no request fails.',
      happen: happenWith(
        'docker-compose.yml',
        withoutSecret,
        /service1 was rolled back by the swarm.*DB_PASSWORD_FILE/s,
      ),
    },
    {
      name: 'A release whose colours lack the letter Q',
      promise:
        'Service 4 exits at its start, the swarm rolls back by itself, and the old colours are served; no request fails.',
      happen: happenWith(
        'service4/colours.json',
        text => text.replace(/ *"Q": .*\n/, ''),
        /service4 was rolled back by the swarm.*to give Q a name/s,
      ),
    },
    {
      name: 'A stack file with a key that a swarm ignores',
      promise: 'The deploy command fails and names the key, instead of leaving a promise that nobody keeps.',
      happen: happenWith('docker-compose.yml', withIgnoredKey, /Ignoring unsupported options: security_opt/),
    },
    {
      ...seenByDrawsOnly,
      name: 'A release that looks for service 2 where it is not',
      promise:
        'A 503 that names a part is an honest answer, so no health check sees this one, and draws fail until the deploy command draws, fails, and puts the settings back.',
      happen: happenWith(
        'docker-compose.yml',
        text => text.replace('SERVICE2_URL: http://service2:5001', 'SERVICE2_URL: http://nobody:5001'),
        /nginx answered 503 to a draw.*number service did not answer/is,
      ),
    },
  ];
}

function withoutSecret(text: string): string {
  return text.replace(/ {4}secrets:\n {6}- \{ source: db_password,.*\n/, '');
}

function withIgnoredKey(text: string): string {
  return text.replace(
    '  service2:\n    <<: *service\n',
    '  service2:\n    <<: *service\n    security_opt: ["no-new-privileges:true"]\n',
  );
}
