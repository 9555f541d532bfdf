import { parseArgs } from 'node:util';
import { buildImage, docker } from './docker.ts';
import { openRegistry } from './registry.ts';

const { values } = parseArgs({
  options: {
    version: { type: 'string' },
    revision: { type: 'string', default: 'unknown' },
    'base-images': { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
  },
});
const { version, revision } = values;
if (!version) throw new Error('Say which version: npm run images -- --version 1.2.3');

/** The images that the registry must have, and how this machine's engine gets them. */
const wanted = [
  ...['service1', 'service2', 'service3', 'service4'].map(service => ({
    image: `motorpool/${service}:${version}`,
    make: () => buildImage(service, version, revision), // also if it is here: that may be of older files
  })),
  ...(values['base-images'] ? ['nginx:1.30', 'mysql:9.7'] : []).map(image => ({
    image,
    make: async () => {
      if (!(await isHere(image))) await docker(['pull', '--quiet', image]);
    },
  })),
];

const registry = await openRegistry();
try {
  let pushed = 0;
  for (const { image, make } of wanted) {
    if (await registry.has(image)) continue;
    pushed += 1;
    console.log(`+ ${image}`);
    if (values.plan) continue;
    await make();
    await registry.push(image);
  }
  console.log(
    pushed === 0 ? 'No change.' : `${pushed} images ${values.plan ? 'are missing' : 'were pushed'}.`,
  );
} finally {
  await registry.close();
}

function isHere(image: string): Promise<boolean> {
  return docker(['image', 'inspect', image]).then(
    () => true,
    () => false,
  );
}
