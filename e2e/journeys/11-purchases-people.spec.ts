import { test, expect, personOf, people, accessible, next } from '../lib';
import type { Page } from '@playwright/test';

// A buyer of the examples, and a tender of it.
const buyer = '40081347';

async function tenderOf(page: Page): Promise<string> {
  await page.goto(`/procurement/search?kind=tender&buyer=${buyer}`);
  const href = await page.locator('main a[href^="/procurement/tenders/"]').first().getAttribute('href');
  return decodeURIComponent(href!.split('/').pop()!);
}

test('the buyer’s unit explains a purchase, and two officials do not overwrite each other', async ({ browser, page }) => {
  const number = await tenderOf(page);

  // The administrator names the buyer and the unit that answers for it.
  const admin = await personOf(browser, people.admin);
  await admin.goto('/admin/buyers');
  await accessible(admin);
  const known = await admin.locator(`main a[href="/admin/buyers/${buyer}"]`).count();
  await admin.goto(known ? `/admin/buyers/${buyer}` : '/admin/buyers/new');
  await admin.locator('#code').fill('1');
  await admin.locator('#record button[type=submit]').click();
  await expect(admin.locator('.ds-error-summary')).toBeVisible();
  await accessible(admin);
  await admin.locator('#code').fill(buyer);
  await admin.locator('#name').fill('Замовник із прикладу');
  await admin.locator('#unit').selectOption({ label: await unitOf(admin, /утримання доріг/i) });
  // Its purchases stay examples: they lie outside the days on which it counts as the city's.
  await admin.locator('#valid_to').fill('2010-01-01');
  await admin.locator('#record button[type=submit]').click();
  await expect(admin).toHaveURL(new RegExp(`/admin/buyers/${buyer}$`));
  await admin.goto('/admin/buyers/mirror');
  await expect(admin.locator('main')).toContainText('<iframe');
  await accessible(admin);
  await admin.goto('/admin/buyers/import');
  const csv = Buffer.from('code;name\n123;Хибний код\n');
  await admin.setInputFiles('input[name=file]', { name: 'buyers.csv', mimeType: 'text/csv', buffer: csv });
  await admin.locator('button[name=do][value=check]').click();
  await expect(admin.locator('#report')).toBeVisible();
  await expect(admin.locator('main')).toContainText('ЄДРПОУ');
  await accessible(admin);
  await admin.context().close();

  // The resident sees no way to explain, and the address does not open.
  const resident = await personOf(browser, people.resident);
  await resident.goto(`/procurement/tenders/${number}`);
  await expect(resident.locator(`a[href*="/explain"]`)).toHaveCount(0);
  expect((await resident.goto(`/procurement/tenders/${number}/explain`))!.status()).toBe(403);
  await resident.context().close();

  const text = `Ціна відповідає кошторису, проєкт пройшов експертизу. Перевірка ${Date.now()}.`;
  const first = await personOf(browser, people.executor);
  await first.goto(`/procurement/tenders/${number}`);
  await first.locator('a[href$="/explain"]').click();
  await first.locator('#body').fill('Коротко');
  await first.getByRole('button', { name: 'Опублікувати' }).click();
  await expect(first.locator('.ds-error-summary')).toBeVisible();
  await expect(first.locator('#body')).toHaveValue('Коротко');
  await accessible(first);
  await first.locator('#body').fill(text);
  await first.getByRole('button', { name: 'Опублікувати' }).click();
  await expect(first.locator('#explanations').locator('..')).toContainText(text);
  await accessible(first);

  const edit = await first.locator('a[href*="/explain?id="]').first().getAttribute('href');
  const second = await personOf(browser, people.executor);
  await first.goto(edit!);
  await second.goto(edit!);
  await first.locator('#body').fill(`${text} Уточнено.`);
  await first.getByRole('button', { name: 'Зберегти зміни' }).click();
  await expect(first.locator('main')).toContainText('Уточнено.');
  await second.locator('#body').fill(`${text} Моє.`);
  await second.getByRole('button', { name: 'Зберегти зміни' }).click();
  await expect(second.locator('#stale')).toBeVisible();
  await expect(second.locator('main')).toContainText('Уточнено.');
  await expect(second.locator('#body')).toHaveValue(`${text} Моє.`);
  await accessible(second);
  await second.getByRole('button', { name: 'Зняти з публікації' }).click();
  await expect(second.locator('main')).not.toContainText(text);
  await first.context().close();
  await second.context().close();
});

async function unitOf(page: Page, name: RegExp): Promise<string> {
  const labels = await page.locator('#unit option').allTextContents();
  return labels.find((l) => name.test(l))!;
}

test('a stranger follows a search, signs in on the way, and ends it', async ({ page }) => {
  await page.goto('/procurement/search?kind=tender');
  await page.locator('form[action="/procurement/follow"] button').click();
  await expect(page).toHaveURL(/sign-in/);
  await page.getByLabel('Електронна пошта').fill(people.resident);
  await page.getByLabel('Пароль').fill('Zhytomyr-2026');
  await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(page).toHaveURL(/procurement\/follow/);
  await accessible(page);
  await page.getByRole('button', { name: 'Стежити' }).click();
  await expect(page).toHaveURL(/procurement\/search/);
  await page.goto('/account/purchases');
  await expect(page.locator('main form[action="/account/purchases"]')).toHaveCount(1);
  await accessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
  await page.locator('main form[action="/account/purchases"] button').click();
  await expect(page.locator('main form[action="/account/purchases"]')).toHaveCount(0);
  await accessible(page);
});

test('an appeal begins from a contract and keeps its facts through the sign-in', async ({ page }) => {
  await page.goto('/procurement/search?kind=contract');
  await page.locator('main a[href^="/procurement/contracts/"]').first().click();
  const number = decodeURIComponent(new URL(page.url()).pathname.split('/').pop()!);
  await page.locator(`a[href*="/appeals/new?purchase="]`).first().click();
  await expect(page).toHaveURL(/sign-in/);
  await page.getByLabel('Електронна пошта').fill(people.resident);
  await page.getByLabel('Пароль').fill('Zhytomyr-2026');
  await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(page).toHaveURL(/appeals\/new\?purchase=/);
  await expect(page.locator('main')).toContainText(number);
  await accessible(page);
  await page.getByRole('radio', { name: /^Скарга/ }).check();
  await next(page);
  await expect(page.locator('#title')).toHaveValue(new RegExp(number));
  await expect(page.locator('#body')).toHaveValue(new RegExp(`/procurement/contracts/${number}`));
  await accessible(page);
});

test('the list for other sites and the badge are plain, framed by nobody else, and readable in both schemes', async ({ page, request }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const answer = await page.goto('/procurement/embed?kind=contract&lang=uk');
    expect(answer!.headers()['content-security-policy']).toContain("frame-ancestors 'self'");
    await expect(page.locator('main li').first()).toBeVisible();
    await accessible(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await accessible(page);
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  const href = await page.locator('main li a').first().getAttribute('href');
  const badge = await request.get(`${href}/badge.svg?lang=en`);
  expect(badge.status()).toBe(200);
  expect(badge.headers()['content-type']).toContain('image/svg+xml');
  expect(await badge.text()).toContain('<title');
  const search = await request.get('/procurement/search');
  expect(search.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});
