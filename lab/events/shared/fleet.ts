import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from 'playwright-core';
import { findPart } from '../../../tests/support/parts.ts';
import type { Finding } from '../../event.ts';
import { fleetFor, inNode, nodeNumber } from '../../nodes.ts';
import { services } from '../../release.ts';
import type { Stack } from '../../stack.ts';

type Replica = { service: string; version: string | null; node: string | null; state: string };

const lookEveryMs = 500;
const folder = 'test-output/lab';
/** The page at the first moment at which it had both versions. */
let page = '';

/** Looks at /fleet until the work is done, and adds what was wrong with what it showed. */
export async function whileWatched(
  stack: Stack,
  versions: string[],
  work: () => Promise<Finding>,
): Promise<Finding> {
  const problems = await strangers(stack);
  const seen = new Set<string>();
  let [looks, slowest, isOver] = [0, 0, false];
  page = '';
  const working = work().finally(() => {
    isOver = true;
  });
  for (; !isOver; await pause(lookEveryMs)) {
    const began = performance.now();
    const answer = await look(stack, 'application/json').catch(error => String(error));
    slowest = Math.max(slowest, performance.now() - began);
    looks += 1;
    if (typeof answer === 'string' || !answer.ok) {
      problems.push(`/fleet answered ${typeof answer === 'string' ? answer : answer.status}`);
      continue;
    }
    const { replicas } = (await answer.json()) as { replicas: Replica[] };
    const answered = replicas.filter(({ state, version }) => state !== 'silent' && version);
    for (const { service, version } of answered) seen.add(`${service} in ${version}`);
    for (const { service, node } of answered.filter(({ service }) => /^service/.test(service)))
      if (!node) problems.push(`a task of ${service} does not say its node`);
    const isBoth = versions.every(wanted => answered.some(({ version }) => version === wanted));
    if (isBoth) page ||= await look(stack, 'text/html').then(html => html.text());
  }
  const { problems: others, figures } = await working;
  const missing = services.flatMap(name => versions.map(version => `${name} in ${version}`));
  problems.push(...missing.filter(what => !seen.has(what)).map(what => `/fleet never showed ${what}`));
  if (!page) problems.push('/fleet never showed both versions at once');
  const told = { 'looks at /fleet': `${looks}, ${slowest.toFixed(0)} ms at most` };
  return { problems: [...others, ...new Set(problems)], figures: { ...figures, ...told } };
}

/** Keeps pictures of the page with both versions, where this machine has Chromium. */
export async function pictureFleet({ targets: [target] }: Stack): Promise<void> {
  const executablePath = findPart('chromium');
  if (!executablePath || !page) return;
  const css = await (await fetch(`${target}/style.css`)).text();
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  for (const [name, width, colorScheme] of [
    ['wide', 1600, 'light'],
    ['dark', 1600, 'dark'],
    ['narrow', 360, 'light'],
  ] as const) {
    const tab = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
    await tab.setContent(page.replace(/<link rel="stylesheet".*>/, () => `<style>${css}</style>`));
    await tab.screenshot({ path: `${folder}/fleet-${name}.png`, fullPage: true });
  }
  await browser.close();
}

function look({ targets: [target] }: Stack, Accept: string): Promise<Response> {
  return fetch(`${target}/fleet`, { headers: { Accept }, signal: AbortSignal.timeout(5000) });
}

/** What is wrong if a node, which is not named, does not get 403, though it says that it is who is named. */
async function strangers({ targets: [target = ''] }: Stack): Promise<string[]> {
  const ask = `printf 'GET /fleet HTTP/1.0\\r\\nX-Forwarded-For: ${fleetFor}\\r\\n\\r\\n'`;
  const line = `exec 3<>/dev/tcp/${new URL(target).hostname}/80 && ${ask} >&3 && head --lines=1 <&3`;
  const said = await inNode(nodeNumber(2), line);
  return / 403 /.test(said) ? [] : [`whoever is not named gets "${said}" from /fleet`];
}
