import { execFileSync, spawnSync } from 'node:child_process';
import { nodeAddresses } from './node-addresses.ts';

// Draws through the NGINX of every node of an inventory, from here, as the swarm does after each deploy on the nodes, and
// fails unless all four services answer in the version that scripts/version.sh prints.
const [inventory] = process.argv.slice(2);
if (!inventory) {
  console.error('Say where to look: npm run verify -- INVENTORY');
  process.exit(2);
}
const version = execFileSync('bash', ['scripts/version.sh'], { encoding: 'utf8' }).trim();
const addresses = nodeAddresses(inventory);
console.log(`Drawing through ${addresses.join(', ')} …`);
const versions = Object.fromEntries([1, 2, 3, 4].map(number => [`service${number}`, version]));
for (const address of addresses) {
  const env = { WANTED: JSON.stringify({ address, versions }) }; // and no proxy
  const { status, stdout, stderr } = spawnSync(process.execPath, ['deploy/verify/draws-here.ts'], {
    env,
    encoding: 'utf8',
  });
  if (status === 0) continue;
  const { service, reason, task } = stdout
    ? JSON.parse(stdout)
    : { service: 'node', reason: 'failed', task: stderr };
  console.error(`Version ${version} does not serve through ${address}.\n✗ ${service} ${reason}\n  ${task}`);
  process.exit(1);
}
console.log(`Version ${version} serves through ${addresses.join(', ')}.`);
