import { parseArgs } from 'node:util';
import { deploy, showPlan } from './deploy.ts';
import { LockedError } from './history/lock.ts';
import { rebalance } from './rebalance.ts';
import { DeployError } from './report.ts';
import { rollback } from './rollback.ts';
import { rotatePassword } from './rotate-password.ts';
import { status } from './status.ts';
import { DockerError } from './swarm/docker.ts';
import { engine } from './swarm/engine.ts';

const usage = `npm run deploy -- --version 1.2.3 [--images registry:5000/motorpool]
  [--revision COMMIT] [--only service2]… [--renew nginx] [--renew db] [--stack motorpool]
npm run deploy -- plan --version …           says what a deploy would change, also of what was changed by hand
npm run deploy -- rollback [--to 1.2.2]     goes back to the release before, or to a version
npm run deploy -- rotate-password           gives the database's user a new password
npm run deploy -- rebalance                 spreads the tasks over all nodes again
npm run deploy -- status                    says what runs`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stack: { type: 'string', default: 'motorpool' },
    version: { type: 'string' },
    revision: { type: 'string', default: 'unknown' },
    images: { type: 'string', default: 'motorpool' },
    only: { type: 'string', multiple: true, default: [] },
    renew: { type: 'string', multiple: true, default: [] },
    to: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

try {
  await run(positionals[0] ?? 'deploy');
} catch (error) {
  if (!(error instanceof DeployError || error instanceof DockerError || error instanceof LockedError))
    throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await engine.close();
}

function run(command: string): Promise<void> {
  const { stack, version, revision, images, only, renew, to, help } = values;
  if (help) return Promise.resolve(console.log(usage));
  switch (command) {
    case 'deploy':
    case 'plan':
      if (!version) throw new DeployError(`Say which version to deploy.\n\n${usage}`);
      return (command === 'plan' ? showPlan : deploy)({ stack, version, revision, images, only, renew });
    case 'rollback':
      return rollback(stack, to);
    case 'rotate-password':
      return rotatePassword(stack);
    case 'rebalance':
      return rebalance(stack);
    case 'status':
      return status(stack);
    default:
      throw new DeployError(`There is no command "${command}".\n\n${usage}`);
  }
}
