import { execFileSync } from 'node:child_process';
import { failuresText } from '../deploy/report.ts';
import { verify } from '../deploy/verify/verify.ts';
import { nodeAddresses } from './node-addresses.ts';

// Draws through the NGINX of every node of an inventory, and fails unless all four services answer in the version that
// scripts/version.sh prints.
const [inventory] = process.argv.slice(2);
if (!inventory) {
  console.error('Say where to look: npm run verify -- INVENTORY');
  process.exit(2);
}
const version = execFileSync('bash', ['scripts/version.sh'], { encoding: 'utf8' }).trim();
const addresses = nodeAddresses(inventory);
console.log(`Drawing through ${addresses.join(', ')} …`);
const services = ['service1', 'service2', 'service3', 'service4'];
const doors = Object.fromEntries(addresses.map(address => [address, address]));
const failures = await verify(doors, new Map(services.map(service => [service, version])));
if (failures.length > 0) {
  console.error(`Version ${version} does not serve everywhere.\n${failuresText(failures)}`);
  process.exit(1);
}
console.log(`Version ${version} serves through ${addresses.join(', ')}.`);
