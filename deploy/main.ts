import { argumentsOrEnd } from '../scripts/arguments.ts';
import { giveCertificate, showCertificate } from './certificate.ts';
import { deploy, showPlan } from './deploy.ts';
import { whoAmI } from './history/attempts.ts';
import { whileLocked } from './history/lock.ts';
import { checkedAddress, notify } from './notify.ts';
import { rebalance } from './rebalance.ts';
import { recoverDatabase } from './recover-database.ts';
import { DeployError, sayFailure } from './report.ts';
import { rollback } from './rollback.ts';
import { rotatePassword } from './rotate-password.ts';
import { verifyRunning } from './run/bring-about.ts';
import { status } from './status.ts';
import { engine } from './swarm/engine.ts';

const usage = `npm run deploy -- --version 1.2.3 [--images registry:5000/motorpool]
  [--revision COMMIT] [--only service2]… [--renew nginx] [--renew db] [--stack motorpool]
npm run deploy -- plan --version …          says what a deploy would change, also of what was changed by hand
npm run deploy -- rollback [--to 1.2.2]     goes back to the release before, or to a version
npm run deploy -- rotate-password           gives the database's user a new password
npm run deploy -- certificate FILE KEY [--name motorpool.example]…
                                            serves HTTPS with it, or with a new one; \`none\`: no more. Also \`plan certificate …\`
npm run deploy -- rebalance                 spreads the tasks over all nodes again
npm run deploy -- recover-database [--to NODE]   says what each member of a lost group has; lets one begin it anew
npm run deploy -- verify                    draws on every node, and looks whether all is well
npm run deploy -- status                    says what runs
  --wait-lock 10m                           waits for another deploy that goes on
  --notify https://…                        posts there how it ended, as JSON; to an Alertmanager's
                                            /api/v2/alerts as an alert`;

const { values, positionals } = argumentsOrEnd({
  allowPositionals: true,
  options: {
    stack: { type: 'string', default: 'motorpool' },
    version: { type: 'string', default: '' },
    revision: { type: 'string', default: 'unknown' },
    images: { type: 'string', default: 'motorpool' },
    only: { type: 'string', multiple: true, default: [] },
    renew: { type: 'string', multiple: true, default: [] },
    to: { type: 'string' },
    'wait-lock': { type: 'string', default: '0s' },
    name: { type: 'string', multiple: true, default: [] },
    notify: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const { stack, to } = values;
const [name = 'deploy', ...more] = positionals;

/** The commands, and whether nobody else may change the stack meanwhile. */
const commands: Record<string, { run: () => Promise<void>; isChange: boolean }> = {
  deploy: { run: () => deploy(ofVersion()), isChange: true },
  plan: { run: plan, isChange: false },
  certificate: { run: () => giveCertificate(stack, { files: more, names: values.name }), isChange: true },
  rollback: { run: () => rollback(stack, to), isChange: true },
  'rotate-password': { run: () => rotatePassword(stack), isChange: true },
  rebalance: { run: () => rebalance(stack), isChange: true },
  'recover-database': { run: () => recoverDatabase(stack, to), isChange: true },
  verify: { run: () => verifyRunning(stack), isChange: true },
  status: { run: () => status(stack), isChange: false },
};

let cause: string | null = null;
let address: string | undefined;
try {
  if (values.help) console.log(usage);
  else {
    address = values.notify && checkedAddress(values.notify);
    await run();
  }
} catch (error) {
  cause = sayFailure(error);
} finally {
  await engine.close();
}
if (address) {
  const { version, only } = values;
  const seconds = Math.round(process.uptime());
  const how = { command: name, stack, version, only, to, who: whoAmI(), seconds };
  const isChange = name !== 'verify' && commands[name]?.isChange === true;
  await notify(address, { ...how, isWell: cause === null, cause }, isChange);
}

async function run(): Promise<void> {
  const command = commands[name];
  if (!command) throw new DeployError(`There is no command "${name}".\n\n${usage}`);
  return command.isChange ? whileLocked(stack, patienceMs(), command.run) : command.run();
}

function plan(): Promise<void> {
  const [what, ...files] = more;
  return what === 'certificate'
    ? showCertificate(stack, { files, names: values.name })
    : showPlan(ofVersion());
}

function ofVersion() {
  if (!values.version) throw new DeployError(`Say which version.\n\n${usage}`);
  return values;
}

/** How long to wait for the lock, in ms. */
function patienceMs(): number {
  const [, number, unit = ''] = /^(\d+)(s|m|h)$/.exec(values['wait-lock']) ?? [];
  const seconds = { s: 1, m: 60, h: 3600 }[unit];
  if (!seconds)
    throw new DeployError(`--wait-lock takes a time like 30s or 10m, not "${values['wait-lock']}".`);
  return Number(number) * seconds * 1000;
}
