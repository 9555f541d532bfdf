import { fetchDirectly } from '../deploy/verify/fetch-directly.ts';
import { nodeAddresses } from './node-addresses.ts';

// Says which versions answer through the NGINX of every node of an inventory. It never fails for what it sees: it is
// said at the end of runs that went wrong too.
const [inventory] = process.argv.slice(2);
if (!inventory) {
  console.error('Say where to look: npm run what-runs -- INVENTORY');
  process.exit(2);
}
for (const address of nodeAddresses(inventory)) console.log(`${address}: ${await whatAnswers(address)}`);

async function whatAnswers(address: string): Promise<string> {
  try {
    const headers = { Accept: 'application/json' };
    const answer = await fetchDirectly(address, { headers, signal: AbortSignal.timeout(5000) });
    const { receipt } = (await answer.json()) as Draw;
    const versions = ['service2', 'service3', 'service4'].map(
      name => `${name} ${receipt?.steps[name]?.version}`,
    );
    const own = `service1 ${answer.headers.get('X-Version')}`;
    return `answers ${answer.status}; ${[own, ...versions].join(', ')}`;
  } catch (error) {
    return `does not answer: ${error instanceof Error ? error.message : error}`;
  }
}

type Draw = { receipt?: { steps: Record<string, { version?: string } | undefined> } };
