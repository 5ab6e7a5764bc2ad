import { test, expect, personOf, people, accessible, letterTo, linkOf } from '../lib';
import type { Page } from '@playwright/test';

// A petition of the demonstration that gathers signatures, by words of its title.
async function gathering(page: Page, title: RegExp): Promise<string> {
  await page.goto('/petitions');
  await page.getByRole('link', { name: title }).click();
  await expect(page.locator('h1')).toHaveText(title);
  return new URL(page.url()).pathname;
}

async function count(page: Page, path: string): Promise<number> {
  const answer = await page.request.get(`${path}/count.json`);
  expect(answer.status()).toBe(200);
  return ((await answer.json()) as { count: number }).count;
}

// The count follows within two seconds; the wait is for a busy machine.
async function counted(page: Page, path: string, n: number) {
  await expect.poll(() => count(page, path), { timeout: 20_000 }).toBe(n);
}

for (const javaScriptEnabled of [true, false]) {
  test(`a stranger signs by his mailbox in three screens, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async ({ browser }) => {
    const context = await browser.newContext({ baseURL: process.env.PORTAL_URL!, locale: 'uk-UA', javaScriptEnabled });
    const page = await context.newPage();
    const path = await gathering(page, /Повернути вечірні рейси/);
    const before = await count(page, path);
    const email = `signer-${Date.now()}-${javaScriptEnabled}@example.org`;

    // First screen: the petition. Second: name and mailbox.
    await page.getByRole('link', { name: 'Підписати петицію' }).click();
    if (javaScriptEnabled) await accessible(page);
    await page.locator('main form button[type=submit]').last().click();
    await expect(page.locator('.ds-error-summary')).toBeVisible();
    await page.locator('#name').fill('Підписант Остап Юрійович');
    await page.locator('#email').fill(email);
    await page.locator('#resident').check();
    await page.locator('main form button[type=submit]').last().click();
    await expect(page.locator('main')).toContainText(/лист/i);
    expect(await count(page, path)).toBe(before); // nothing is signed by a form alone

    // Third screen: the link of the letter; one press.
    await letterTo(page, email, /підпи/i);
    const link = await linkOf(page, /^\/petitions\/sign\//);
    await page.goto(link);
    if (javaScriptEnabled) await accessible(page);
    expect(await count(page, path)).toBe(before); // who only looks at links has not signed
    await page.locator('main form button[type=submit]').last().click();
    await expect(page).toHaveURL(new RegExp(`${path}($|\\?)`));
    await expect(page.locator('.sign-card')).toContainText('Ви підписали');
    await counted(page, path, before + 1);

    // The link is good once.
    await page.goto(link);
    await expect(page.locator('main')).not.toContainText('Internal');
    await counted(page, path, before + 1);
    await context.close();
  });
}

test('a resident signs by one press, takes the signature back and signs anew, by keyboard', async ({ browser }) => {
  const page = await personOf(browser, 'resident7@example.org');
  const path = await gathering(page, /Висадити дерева/);
  const before = await count(page, path);
  const card = page.locator('.sign-card');
  const agree = card.locator('#resident');
  if (await agree.count()) {
    await agree.focus();
    await page.keyboard.press('Space');
  }
  const button = card.getByRole('button', { name: 'Підписати петицію' });
  await button.focus();
  await page.keyboard.press('Enter');
  await expect(card).toContainText('Ви підписали');
  await counted(page, path, before + 1);
  await accessible(page);

  // A second window does not sign twice, nor do strangers learn who signed beyond the list.
  const answer = await page.request.post(`${path}/sign`, { headers: { 'Sec-Fetch-Site': 'same-origin' }, maxRedirects: 0 });
  expect([303]).toContain(answer.status());
  await counted(page, path, before + 1);

  await page.goto(path);
  await card.getByRole('button', { name: 'Відкликати підпис' }).click();
  await expect(card.getByRole('button', { name: 'Підписати петицію' })).toBeVisible();
  await counted(page, path, before);
  await card.getByRole('button', { name: 'Підписати петицію' }).click();
  await expect(card).toContainText('Ви підписали');
  await counted(page, path, before + 1);

  await card.getByRole('button', { name: 'Стежити за відповіддю' }).click();
  await expect(card.getByRole('button', { name: 'Більше не стежити' })).toBeVisible();
  await page.context().close();
});

test('the open count refreshes without a reload', async ({ browser, page }) => {
  const path = await gathering(page, /Дитячий майданчик/);
  const shown = page.locator('.ring .big');
  const before = Number(await shown.textContent());
  const other = await personOf(browser, 'resident9@example.org');
  await other.goto(path);
  const agree = other.locator('.sign-card #resident');
  if (await agree.count()) await agree.check();
  await other.locator('.sign-card').getByRole('button', { name: 'Підписати петицію' }).click();
  await expect(other.locator('.sign-card')).toContainText('Ви підписали');
  await expect(shown).toHaveText(String(before + 1), { timeout: 30_000 });
  await other.context().close();
});

for (const width of [1280, 390]) {
  test(`petitions are accessible at ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto('/petitions');
    await accessible(page);
    await page.goto('/petitions?q=%D1%82%D1%80%D0%BE%D0%BB%D0%B5%D0%B9%D0%B1%D1%83%D1%81%D0%B8&tab=all');
    await expect(page.locator('main')).toContainText('вечірні рейси');
    await accessible(page);
    await page.goto('/petitions?q=zzzzzz');
    await expect(page.locator('main')).toContainText('Таких петицій немає');
    await accessible(page);
    await page.goto('/petitions?tab=all&sort=most');
    const links = await page.locator('main h2 a').evaluateAll((as) => as.map((a) => (a as HTMLAnchorElement).pathname));
    expect(links.length).toBeGreaterThan(5);
    for (const l of links) {
      await page.goto(l);
      await accessible(page);
    }
    await page.goto(`${links[0]}/poster`);
    await accessible(page);
    await page.goto(`${links[0]}/embed`);
    await accessible(page);
    await page.goto(`${links[0]}?signers=2`);
    await expect(page.locator('#signers')).toBeVisible();
    expect((await page.request.get(`${links[0]}/signers.csv`)).headers()['content-type']).toContain('text/csv');
    expect((await page.request.get('/petitions.json')).ok()).toBe(true);
    expect((await page.request.get('/petitions.rss')).headers()['content-type']).toContain('rss');
    expect((await page.request.get(`${links[0]}/badge.svg`)).headers()['content-type']).toContain('svg');
  });
}

test('what is not published is not there for others', async ({ browser, page }) => {
  const author = await personOf(browser, people.resident);
  await author.goto('/petitions/8');
  const status = (await author.goto('/petitions/8'))!.status();
  expect([200, 404]).toContain(status);
  if (status === 200) {
    await expect(author.locator('main')).toContainText('лише автор і фахівці');
    expect((await page.goto('/petitions/8'))!.status()).toBe(404);
  }
  await author.context().close();
});
