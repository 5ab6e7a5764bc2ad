import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import AxeBuilder from '@axe-core/playwright';

export const PASSWORD = 'Zhytomyr-2026';
export const people = {
  resident: 'resident@example.org',
  specialist: 'specialist@example.org',
  executor: 'executor@example.org',
  manager: 'manager@example.org',
  admin: 'admin@example.org',
};

// Every page of a journey is watched: a fault of a script or a breach of the
// security policy fails the test, whatever it was about.
export const test = base.extend<{ faults: string[] }>({
  baseURL: async ({}, use) => use(process.env.PORTAL_URL!),
  faults: [async ({ context }, use) => {
    const faults: string[] = [];
    watch(context, faults);
    await use(faults);
    expect(faults, 'faults in the browser console').toEqual([]);
  }, { auto: true }],
});

export { expect };

function watch(context: BrowserContext, faults: string[]) {
  context.on('weberror', (e) => faults.push(String(e.error())));
  context.on('console', (m) => {
    // A trace reads the previews of chosen files (blob:), which the policy rightly forbids to scripts.
    if (/^Connecting to 'blob:/.test(m.text())) return;
    if (m.type() === 'error' && !/Failed to load resource: the server responded with a status of (4\d\d|503)/.test(m.text())) {
      faults.push(`${m.text()} (${m.location().url})`);
    }
  });
}

// One window of one person; journeys of several people hold several.
export async function personOf(browser: Browser, email: string, options = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: process.env.PORTAL_URL!, locale: 'uk-UA', timezoneId: 'Europe/Kyiv', ...options });
  const page = await context.newPage();
  await signIn(page, email);
  return page;
}

export async function signIn(page: Page, email: string, password = PASSWORD) {
  await page.goto('/sign-in');
  await page.getByLabel('Електронна пошта').fill(email);
  await page.getByLabel('Пароль').fill(password);
  await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(page).not.toHaveURL(/sign-in/);
}

// The newest letter to an address whose subject matches, opened in the outbox.
export async function letterTo(page: Page, to: string, subject: RegExp) {
  const row = page.locator('tr', { hasText: to }).filter({ hasText: subject }).first();
  await expect(async () => {
    await page.goto('/dev/outbox');
    await expect(row).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 30_000 });
  await row.getByRole('link').click();
}

// The path behind the first link of the open letter that matches.
export async function linkOf(page: Page, path: RegExp): Promise<string> {
  const links = await page.locator('a.letter-link').evaluateAll((as) => as.map((a) => (a as HTMLAnchorElement).href));
  const found = links.map((l) => new URL(l)).find((u) => path.test(u.pathname));
  expect(found, `a link ${path} in the letter`).toBeTruthy();
  return found!.pathname;
}

// No violation of WCAG 2.2 AA, and nothing that makes the page scroll sideways.
export async function accessible(page: Page, what = page.url()) {
  const desk = page.viewportSize();
  await accessibleHere(page, what);
  if (!desk || desk.width <= 390) return;
  await page.setViewportSize({ width: 390, height: desk.height });
  await accessibleHere(page, `${what} at 390`);
  await page.setViewportSize(desk);
}

export async function accessibleHere(page: Page, what: string) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(' | ')}`), `axe on ${what}`).toEqual([]);
  // Mistakes are named in the order in which a person meets their fields, and each leads to one.
  const astray = await page.evaluate(() => {
    const links = [...document.querySelectorAll<HTMLAnchorElement>('.ds-error-summary a[href^="#"]')].map((a) => a.getAttribute('href')!);
    const fields = links.map((h) => document.getElementById(h.slice(1)));
    return links.filter((_, i) => !fields[i] || (i > 0 && fields[i - 1] && !(fields[i - 1]!.compareDocumentPosition(fields[i]!) & Node.DOCUMENT_POSITION_FOLLOWING)));
  });
  expect(astray, `mistakes out of the order of the form on ${what}`).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(over, `sideways scroll on ${what}`).toBeLessThanOrEqual(0);
}

export interface Matter { title: string; body?: string; place?: string; channel?: string }

// Files an appeal by the four steps, as a person does, and gives its number.
export async function file(page: Page, m: Matter): Promise<string> {
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await next(page);
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.locator('#title').fill(m.title);
  await page.locator('#body').fill(m.body ?? 'На проїжджій частині утворилася глибока яма, прошу відремонтувати покриття.');
  if (m.place) await page.locator('#place').fill(m.place);
  await showOnMap(page);
  await next(page);
  await expect(page.locator('#name')).not.toBeEmpty();
  if (m.channel) await page.getByRole('radio', { name: m.channel }).check();
  await next(page);
  await page.getByRole('button', { name: 'Надіслати' }).click();
  await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}/);
  return page.url().match(/20\d\d-\d{5}/)![0];
}

// Nothing is chosen beforehand about the map: every appeal says it.
export async function showOnMap(page: Page) {
  await page.getByRole('radio', { name: /^Показати на мапі міста/ }).check();
}

export async function next(page: Page) {
  await page.locator('main').getByRole('button', { name: 'Продовжити' }).last().click();
}

// A JPEG of one colour with a place of the shot in its metadata, as a phone makes it.
export function photoWithPlace(): Buffer {
  const jpeg = Buffer.from(
    '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/wAALCAABAAEBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/APn+v//Z', 'base64');
  const exif = Buffer.from('Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x01\0\0\0\0\0\0\0GPSLatitude 50.2547', 'latin1');
  const head = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]);
}
