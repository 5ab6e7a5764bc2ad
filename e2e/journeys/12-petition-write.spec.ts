import { test, expect, personOf, accessible } from '../lib';

for (const javaScriptEnabled of [true, false]) {
  test(`a resident writes a petition, sees similar ones and sends it, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async ({ browser }) => {
    const page = await personOf(browser, javaScriptEnabled ? 'resident11@example.org' : 'resident12@example.org', { javaScriptEnabled });
    await page.goto('/petitions/new');
    if (javaScriptEnabled) await accessible(page);
    await page.getByRole('button', { name: 'Почати' }).click();
    await page.locator('#title').fill('Безпечні переходи біля ліцеїв міста');
    await page.locator('main').getByRole('button', { name: 'Надіслати петицію' }).click();
    await expect(page.locator('.ds-error-summary')).toBeVisible();
    await expect(page.locator('#title')).toHaveValue('Безпечні переходи біля ліцеїв міста');
    if (javaScriptEnabled) await accessible(page);
    await page.locator('#essence').fill('Просимо перевірити пішохідні переходи біля всіх ліцеїв міста й облаштувати освітлення.');
    await page.locator('#proposal').fill('Обстежити переходи й скласти план робіт на рік.');
    await page.locator('main').getByRole('button', { name: 'Надіслати петицію' }).click();

    // Nothing is sent before one has seen what is like it.
    await expect(page.locator('#similar')).toHaveText('Схожі петиції вже є');
    await expect(page.locator('main')).toContainText('Безпечний перехід біля ліцею');
    if (javaScriptEnabled) await accessible(page);
    await page.getByRole('button', { name: 'Моя про інше, надіслати' }).click();
    await expect(page).toHaveURL(/\/account\/petitions/);
    await expect(page.locator('main')).toContainText('Шукає перших прихильників');
    if (javaScriptEnabled) await accessible(page);

    // The link for the first supporters opens it; without it nobody finds it.
    const link = await page.locator('input[id$="-link"]').first().inputValue();
    const url = new URL(link);
    const stranger = await (await browser.newContext({ baseURL: process.env.PORTAL_URL!, locale: 'uk-UA' })).newPage();
    expect((await stranger.goto(url.pathname))!.status()).toBe(404);
    expect((await stranger.goto(url.pathname + url.search))!.status()).toBe(200);
    await stranger.context().close();

    // The author signs by his own press, and may take the petition back.
    await page.goto(url.pathname + url.search);
    const agree = page.locator('.sign-card #resident');
    if (await agree.count()) await agree.check();
    await page.locator('.sign-card').getByRole('button', { name: 'Підписати петицію' }).click();
    await expect(page.locator('.sign-card')).toContainText('Ви підписали');
    await page.goto('/account/petitions');
    await page.locator('summary', { hasText: 'Відкликати петицію' }).first().click();
    await page.getByRole('button', { name: 'Відкликати петицію' }).first().click();
    await expect(page.locator('main')).toContainText('Відкликано автором');
    await page.context().close();
  });
}
