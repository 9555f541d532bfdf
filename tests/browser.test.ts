import { afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { listenWith } from '@motorpool/service/test-replica.ts';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startChromium } from './support/chromium.ts';
import { complaintsOf } from './support/complaints.ts';
import { describeWith } from './support/missing.ts';
import { type Nginx, startNginx } from './support/nginx.ts';
import { startSystem } from './support/system.ts';

describeWith(['nginx', 'chromium'], 'in a browser without JavaScript', () => {
  let nginx: Nginx;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const system = await startSystem();
    nginx = await startNginx({ port: system.service1.port, replicas: ['127.0.0.1'] });
    ({ browser } = await startChromium());
  });

  beforeEach(async () => {
    context = await browser.newContext({ javaScriptEnabled: false, baseURL: nginx.url });
    page = await context.newPage();
    complaints = complaintsOf(context, nginx.url);
  });

  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  test('a draw says who drives what, and draws again with another request', async () => {
    await page.goto('/');
    expect(await headline(page)).toMatch(/^.+ drives an? [a-z]+ [a-z]+\.$/);
    const first = await requestId(page);
    await page.getByRole('link', { name: 'Draw again' }).click();
    expect(await headline(page)).toMatch(/^.+ drives an? [a-z]+ [a-z]+\.$/);
    expect(await requestId(page)).not.toBe(first);
  });

  test('the link to a draw gives the same draw', async () => {
    await page.goto('/');
    const drawn = await headline(page);
    await page.getByRole('link', { name: 'Link to this draw' }).click();
    expect(new URL(page.url()).pathname).toMatch(/^\/draws\/\d+\/[a-z]+$/);
    expect(await headline(page)).toBe(drawn);
    await page.reload();
    expect(await headline(page)).toBe(drawn);
  });

  test('a person is added by the form, seen in the list and drawn', async () => {
    await page.goto('/');
    await page.getByRole('link', { name: 'Add a person' }).click();
    await page.getByLabel('Name').fill('Þórunn Æsa');
    await page.getByRole('button', { name: 'Add this person' }).click();
    expect(new URL(page.url()).pathname).toMatch(/^\/people\/\d+$/);
    expect(await headline(page)).toBe('Þórunn Æsa');
    await page.getByRole('link', { name: 'Draw a car for Þórunn Æsa' }).click();
    expect(await headline(page)).toMatch(/^Þórunn Æsa drives a turquoise [a-z]+\.$/);
    await page.goto('/people');
    expect(await page.getByRole('listitem').first().textContent()).toBe('Þórunn Æsa');
  });

  test('a name of a hundred emoji can be typed', async () => {
    await page.goto('/people');
    await page.getByLabel('Name').focus();
    await page.keyboard.insertText('🚗'.repeat(100));
    await page.getByRole('button', { name: 'Add this person' }).click();
    expect(await headline(page)).toBe('🚗'.repeat(100));
  });

  test('a wrong name is said, and stands in the form to be mended', async () => {
    await page.goto('/people');
    await page.getByLabel('Name').fill('<i>Bo\u202e</i>');
    await page.getByRole('button', { name: 'Add this person' }).click();
    const field = page.getByLabel('Name');
    expect(await field.inputValue()).toBe('<i>Bo\u202e</i>');
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#name-error').textContent()).toMatch(/invisible/);
    await field.fill('Bo');
    await page.getByRole('button', { name: 'Add this person' }).click();
    expect(await headline(page)).toBe('Bo');
  });

  test('the keyboard alone draws again', async () => {
    await page.goto('/');
    const first = await requestId(page);
    await tabTo(page, 'Draw again');
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    expect(await requestId(page)).not.toBe(first);
    expect(await headline(page)).toMatch(/ drives /);
  });

  test('an unknown address shows a page of the family, which leads back', async () => {
    await page.goto('/draws/999999/saloon');
    expect(await headline(page)).toBe('Not found');
    await page.getByRole('link', { name: 'Draw again' }).click();
    expect(await headline(page)).toMatch(/ drives /);
  });

  test('a page of another site cannot add a person', async () => {
    const form = `<!doctype html><title>Win a car</title><form method="post" action="${nginx.url}/people">
<input type="hidden" name="name" value="Mallory"><button>Claim your prize</button></form>`;
    await using foreign = await listenWith((_request, response) => {
      response.setHeader('Content-Type', 'text/html').end(form);
    });
    await page.goto(foreign.url.href);
    expect(complaints.splice(0)).toEqual([`a request to ${foreign.url}`]);
    const [response] = await Promise.all([
      page.waitForResponse(`${nginx.url}/people`),
      page.getByRole('button').click(),
    ]);
    expect(response.status()).toBe(403);
    expect(await headline(page)).toBe('This came from another site');
    await page.goto('/people');
    expect(await page.getByRole('listitem').allTextContents()).not.toContain('Mallory');
  });
});

/** Presses Tab until the link with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let stopsLeft = 20; stopsLeft > 0; stopsLeft -= 1) {
    await page.keyboard.press('Tab');
    if ((await page.locator(':focus').textContent()) === name) return;
  }
  throw new Error(`"${name}" cannot be reached by keyboard.`);
}

async function headline(page: Page): Promise<string> {
  return String(await page.locator('h1').textContent());
}

/** The request id that the page shows. */
async function requestId(page: Page): Promise<string> {
  return String(await page.locator('code').last().textContent());
}
