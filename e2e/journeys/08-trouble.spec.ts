import { test, expect, next, people, personOf, signIn, PASSWORD } from '../lib';
import { photoWithGPS, tellTales } from '../photo';
import type { Page } from '@playwright/test';

// Bad input and trouble: nothing typed is lost, nothing happens twice, and what
// went wrong is said where the person is.

async function draft(page: Page, kind = /^Заява/) {
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: kind }).check();
  await next(page);
  await expect(page).toHaveURL(/drafts\/[0-9a-f-]+\/2/);
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a mistake keeps every character, leads to the field, and the file stays', async ({ page, browser }) => {
      await signIn(page, javaScriptEnabled ? 'resident24@example.org' : 'resident25@example.org');
      await draft(page);
      const title = '«Лапки», <b>кутики</b> & апостроф’и — усе лишається';
      await page.getByLabel(/Коротко/).fill(title);
      await page.getByLabel('Адреса або орієнтир').fill('вул. Небувала Такої Немає, 5');
      await page.getByLabel('Опис').fill('Коротко');
      await page.getByRole('radio', { name: /^Лише я і місто/ }).check();
      await page.setInputFiles('input[name=files]', [
        { name: 'яма на розі.jpg', mimeType: 'image/jpeg', buffer: await photoWithGPS(browser) },
        { name: 'програма.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('MZ\x90\0 this is no photo, whatever its name says') },
      ]);
      const answer = page.waitForResponse((r) => r.request().method() === 'POST' && !r.url().endsWith('/autosave'));
      await next(page);
      expect((await answer).status()).toBe(422);
      const alert = page.getByRole('alert');
      await expect(alert).toContainText('щонайменше 30');
      await expect(alert).toContainText('програма.jpg'); // a type is known by the content
      if (javaScriptEnabled) await expect(alert).toBeFocused();
      await expect(page.getByLabel(/Коротко/)).toHaveValue(title);
      await expect(page.getByLabel('Адреса або орієнтир')).toHaveValue('вул. Небувала Такої Немає, 5');
      await expect(page.getByLabel('Опис')).toHaveValue('Коротко');
      await expect(page.getByRole('radio', { name: /^Лише я і місто/ })).toBeChecked();
      await expect(page.locator('.files')).toContainText('яма на розі.jpg');
      await expect(page.locator('.files')).not.toContainText('програма.jpg');
      await alert.getByRole('link', { name: /докладніше/ }).click();
      if (javaScriptEnabled) await expect(page.getByLabel('Опис')).toBeFocused();

      // What was refused was saved before it was judged: a reload asks for the step, and sends nothing again.
      if (javaScriptEnabled) {
        const reloaded = page.waitForResponse((r) => r.url() === page.url());
        await page.reload();
        expect((await reloaded).request().method()).toBe('GET');
        await expect(page.getByLabel(/Коротко/)).toHaveValue(title);
        await expect(page.locator('.files')).toContainText('яма на розі.jpg');
        await expect(page.getByRole('alert')).toHaveCount(0);
      }

      // The line of the photo comes to its end by itself, and what is being typed meanwhile stays.
      if (javaScriptEnabled) {
        await page.getByLabel('Опис').fill('Набираю далі');
        await expect(page.locator('.files a[href^="/files/"]').first()).toBeVisible({ timeout: 20_000 });
        await expect(page.getByLabel('Опис')).toHaveValue('Набираю далі');
      }

      // The file that was kept bears nothing of the camera.
      const look = await page.context().newPage();
      await expect(async () => {
        await look.goto(page.url());
        const href = await look.locator('.files a[href^="/files/"]').first().getAttribute('href', { timeout: 1000 });
        const got = await page.request.get(href!);
        expect(got.ok()).toBeTruthy();
        expect(tellTales(await got.body())).toEqual([]);
      }).toPass({ timeout: 20_000 });
    });

    test('a point outside the community is refused', async ({ page }) => {
      await signIn(page, javaScriptEnabled ? 'resident26@example.org' : 'resident27@example.org');
      await draft(page);
      await page.getByLabel(/Коротко/).fill('Яма в Києві');
      await page.getByLabel('Опис').fill('Ця яма лежить за межами громади, і портал має про це сказати.');
      await page.getByText('Координати точки').click();
      await page.getByLabel('Широта').fill('50.45');
      await page.getByLabel('Довгота').fill('30.52');
      await page.getByLabel('Довгота').press('Tab');
      await page.getByRole('radio', { name: /^Лише я і місто/ }).check();
      if (javaScriptEnabled) await expect(page.locator('[data-map-status]')).toContainText('за межами');
      await next(page);
      await expect(page.getByRole('alert')).toContainText('поза межами');
      await expect(page.getByLabel('Широта')).toHaveValue(/^50\.450*$/);
      await expect(page.getByLabel('Широта')).toBeVisible(); // the fold with the mistake is open
      await page.getByLabel('Широта').fill('50.2547');
      await page.getByLabel('Довгота').fill('28.6587');
      await next(page);
      await expect(page).toHaveURL(/\/3$/);
    });

    test('a session that is lost in the middle of an official’s form brings him back to it', async ({ page, context }) => {
      await signIn(page, people.specialist);
      await page.goto('/cabinet/appeals?set=work');
      const n = (await page.locator('a.no').first().innerText()).trim();
      await page.goto(`/cabinet/appeals/${n}/note`);
      await page.getByRole('textbox', { name: 'Нотатка' }).fill('Довга службова нотатка, яка не повинна зникнути');
      await context.clearCookies();
      await page.getByRole('button', { name: 'Зберегти нотатку' }).click();
      await expect(page).toHaveURL(/sign-in/);
      await expect(page.locator('main')).toContainText('введене збережено');
      await page.getByLabel('Електронна пошта').fill(people.specialist);
      await page.getByLabel('Пароль').fill(PASSWORD);
      await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
      await expect(page.getByRole('textbox', { name: 'Нотатка' })).toHaveValue('Довга службова нотатка, яка не повинна зникнути');
    });
  });
}

test('two windows change one’s own data: both versions are shown', async ({ page, context }) => {
  await signIn(page, 'resident28@example.org');
  const other = await context.newPage();
  await page.goto('/account');
  await other.goto('/account');
  await other.getByLabel('Телефон').fill('+380 41 200 11 11');
  await other.getByRole('button', { name: 'Зберегти', exact: true }).click();
  await expect(other.locator('body')).toContainText('Дані збережено');
  await page.getByLabel('Телефон').fill('+380 41 200 22 22');
  const answer = page.waitForResponse((r) => r.request().method() === 'POST');
  await page.getByRole('button', { name: 'Зберегти', exact: true }).click();
  expect((await answer).status()).toBe(409);
  await expect(page.getByRole('region', { name: 'Дані змінено в іншому вікні' })).toContainText('200 11 11');
  await expect(page.getByLabel('Телефон')).toHaveValue('+380 41 200 22 22');
  await page.getByRole('button', { name: 'Зберегти', exact: true }).click();
  await expect(page.locator('body')).toContainText('Дані збережено');
});

test('two windows change one draft: both versions are shown', async ({ page, context }) => {
  await signIn(page, 'resident29@example.org');
  await draft(page);
  const other = await context.newPage();
  await other.goto(page.url());
  await other.getByLabel(/Коротко/).fill('Назва з іншого вікна');
  await other.getByRole('button', { name: 'Зберегти чернетку' }).click();
  await expect(other).toHaveURL(/\/appeals$/);
  await page.getByLabel(/Коротко/).fill('Назва з цього вікна');
  const answer = page.waitForResponse((r) => r.request().method() === 'POST' && !r.url().endsWith('/autosave'));
  await next(page);
  expect((await answer).status()).toBe(409);
  await expect(page.getByRole('region', { name: 'Чернетку змінено в іншому вікні' })).toContainText('Назва з іншого вікна');
  await expect(page.getByLabel(/Коротко/)).toHaveValue('Назва з цього вікна');
});

test('too many attempts: the answer says when to come again', async ({ page }) => {
  const email = `forgetful-${Date.now()}@example.org`;
  for (let i = 0; i < 4; i++) {
    await page.goto('/reset');
    await page.getByLabel('Електронна пошта').fill(email);
    const answer = page.waitForResponse((r) => r.request().method() === 'POST');
    await page.getByRole('button', { name: 'Надіслати посилання' }).click();
    const r = await answer;
    expect(r.status()).toBe(i < 3 ? 303 : 429);
    if (i === 3) expect(Number(r.headers()['retry-after'])).toBeGreaterThan(0);
  }
  await expect(page.locator('main')).toContainText(/Спробуйте знову через \d+ хвилин/);
  await expect(page.getByLabel('Електронна пошта')).toHaveValue(email);
});

test('a form of another site does nothing here', async ({ browser }) => {
  const page = await personOf(browser, 'resident30@example.org');
  const answer = await page.request.post('/account/newsletter', { form: { newsletter: '1' }, headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' } });
  expect(answer.status()).toBe(403);
  await page.context().close();
});

test('without scripts a sent form is filed once, however often it is sent', async ({ browser }) => {
  const page = await personOf(browser, 'resident31@example.org', { javaScriptEnabled: false });
  await draft(page, /^Запит/);
  await page.getByLabel(/Коротко/).fill('Видатки на ремонт доріг');
  await page.locator('#body').fill('Прошу надати інформацію про видатки на ремонт доріг за поточний рік.');
  await next(page);
  await next(page);
  await expect(page).toHaveURL(/\/4$/);
  const origin = process.env.PORTAL_URL!;
  const url = page.url();
  const sent = await Promise.all([0, 1, 2].map(() => page.request.post(url, { form: { do: 'next' }, headers: { origin } })));
  const numbers = new Set(sent.map((r) => r.url().match(/20\d\d-\d{5}/)?.[0]));
  expect([...numbers]).toHaveLength(1);
  expect([...numbers][0]).toBeTruthy();
  // A request for information has its own term: five working days.
  await page.goto(`/appeals/${[...numbers][0]}`);
  await expect(page.locator('main')).toContainText('п’ять робочих днів');
  await page.context().close();
});
