import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import type { AxeResults, RunOptions } from 'axe-core';
import type { Browser, BrowserContextOptions, Page, Request } from 'playwright-core';
import { startChromium } from './support/chromium.ts';
import { complaintsOf } from './support/complaints.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { startService } from './support/service.ts';
import { type System, startSystem } from './support/system.ts';

declare const axe: { run(options: RunOptions): Promise<AxeResults> };

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = fileURLToPath(new URL('../test-output/screenshots', import.meta.url));
const widths = [360, 1280];
const narrowest = 320;
const schemes = ['light', 'dark'] as const;
const heaviestPage = 40_000;

/** The pages by name, and how to get there. */
const pages: [name: string, open: (page: Page) => Promise<unknown>][] = [
  ['draw', page => page.goto('/')],
  ['draw-again', page => page.goto('/draws/1/limousine')],
  ['people', page => page.goto('/people')],
  ['person', page => page.goto('/people/1')],
  ['wrong-name', sendWrongName],
  ['fleet', page => page.goto('/fleet?still')],
  ['not-found', page => page.goto('/nowhere')],
  ['not-found-by-nginx', page => page.goto('/metrics')],
];

describeWith(['nginx', 'chromium'], 'every page', () => {
  let system: System;
  let nginx: Nginx;
  let browser: Browser;

  beforeAll(async () => {
    const service1 = {
      FLEET_FOR: '127.0.0.1',
      FLEET_WANTED: '2',
      NGINX_URL: 'http://127.0.0.1:1',
      NODE: 'node1',
    };
    const service2 = { VERSION: '1.1.0', NODE: 'node2' };
    system = await startSystem({ overrides: { service1, service2, service3: { VERSION: '1.2.0' } } });
    nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
    ({ browser } = await startChromium());
  });

  test.each(pages)('%s has no fault that axe finds and never scrolls sideways', expectAccessible);

  test('a draw without its colour has no fault either', async () => {
    const { port } = system.service4;
    await system.service4.stop();
    await expectAccessible('without-colour', async page => {
      await page.goto('/');
      expect(await page.getByRole('listitem').textContent()).toContain('The colour service did not answer');
    });
    system.service4 = await startService('service4', { port });
  });

  test.each(pages)('%s asks no other host, breaks no policy and weighs less than 40 KB', async (_, open) => {
    await inContext({}, async page => {
      const complaints = complaintsOf(page.context(), nginx.url);
      const sizes: Promise<number>[] = [];
      page.on('requestfinished', request => sizes.push(sizeOf(request)));
      await open(page);
      await page.waitForLoadState('networkidle');
      expect(complaints).toEqual([]);
      const weight = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      expect(weight).toBeGreaterThan(0);
      expect(weight).toBeLessThan(heaviestPage);
    });
  });

  async function expectAccessible(name: string, open: (page: Page) => Promise<unknown>): Promise<void> {
    await inContext({ bypassCSP: true }, async page => {
      await open(page);
      await page.setViewportSize({ width: narrowest, height: 800 });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(narrowest);
      await page.evaluate(axeSource);
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 });
          await page.screenshot({
            path: `${screenshots}/${name}-${width}-${colorScheme}.png`,
            fullPage: true,
          });
          const { violations } = await page.evaluate(() =>
            axe.run({ resultTypes: ['violations'], selectors: false }),
          );
          const faults = violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
          expect([colorScheme, width, faults]).toEqual([colorScheme, width, []]);
        }
      }
    });
  }

  async function inContext<Value>(
    options: BrowserContextOptions,
    work: (page: Page) => Promise<Value>,
  ): Promise<Value> {
    const context = await browser.newContext({ baseURL: nginx.url, ...options });
    try {
      return await work(await context.newPage());
    } finally {
      await context.close();
    }
  }
});

async function sendWrongName(page: Page): Promise<void> {
  await page.goto('/people');
  await page.getByLabel('Name').fill('\u2800');
  await page.getByRole('button', { name: 'Add this person' }).click();
  await page.locator('#name-error').waitFor();
}

/** The bytes of an answer as they came over the wire, in bytes. */
async function sizeOf(request: Request): Promise<number> {
  const { responseBodySize, responseHeadersSize } = await request.sizes();
  return responseBodySize + responseHeadersSize;
}
