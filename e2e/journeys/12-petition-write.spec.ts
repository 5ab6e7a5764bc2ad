import { test, expect, personOf, accessible } from '../lib';

for (const javaScriptEnabled of [true, false]) {
  test(`a resident writes a petition, sees similar ones and sends it, scripts ${javaScriptEnabled ? 'on' : 'off'}`, async ({ browser }) => {
    const page = await personOf(browser, javaScriptEnabled ? 'resident11@example.org' : 'resident12@example.org', { javaScriptEnabled });
    await page.goto('/petitions/new');
    if (javaScriptEnabled) await accessible(page);
    await page.getByRole('button', { name: 'Почати' }).click();
    if (javaScriptEnabled) {
      // What is like it is shown while the title is typed, typing errors and all.
      await page.locator('#title').pressSequentially('безпечні преходи біля ліц');
      await expect(page.locator('[data-like]')).toContainText('Безпечний перехід біля ліцею');
      await expect(page.locator('[data-like]').getByRole('button', { name: /Підписати цю/ })).toBeVisible();
      await accessible(page);
    }
    // On a slow machine what was typed before is saved already: the words of that say nothing of these.
    const kept = javaScriptEnabled && page.waitForResponse((r) => r.url().endsWith('/autosave') && decodeURIComponent(r.request().postData() ?? '').replaceAll('+', ' ').includes('переходи біля ліцеїв'));
    await page.locator('#title').fill('Безпечні переходи біля ліцеїв міста');
    if (javaScriptEnabled) {
      // What is typed is kept without a button.
      const address = page.url();
      await kept;
      await expect(page.locator('.autosave')).not.toBeEmpty();
      const other = await page.context().newPage();
      await other.goto(address);
      await expect(other.locator('#title')).toHaveValue('Безпечні переходи біля ліцеїв міста');
      await other.close();
    }
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
    await expect(page.locator('main').getByRole('button', { name: /Підписати цю/ }).first()).toBeVisible();
    if (javaScriptEnabled) await accessible(page);
    await page.getByRole('button', { name: 'Моя про інше, надіслати' }).click();
    await expect(page).toHaveURL(/\/account\/petitions/);
    await expect(page.locator('main')).toContainText('Шукає перших прихильників');
    if (javaScriptEnabled) await accessible(page);

    // The link for the first supporters opens it; without it nobody finds it.
    const link = await page.locator('input[id$="-link"]').first().inputValue();
    const url = new URL(link);
    await expect(page.locator('img.qr').first()).toBeVisible();
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

test('one press signs the petition that is there already, and the draft stays', async ({ browser }) => {
  const page = await personOf(browser, 'resident13@example.org');
  await page.goto('/petitions/new');
  await page.getByRole('button', { name: 'Почати' }).click();
  await page.locator('#title').pressSequentially('Безпечний перехід біля ліцею');
  const saved = page.waitForResponse((r) => r.url().endsWith('/autosave') && r.ok());
  await saved;
  await page.locator('[data-like]').getByRole('button', { name: /Підписати цю.*Безпечний перехід/ }).click();
  const agree = page.locator('#resident');
  if (await agree.count()) {
    await agree.check();
    await page.locator('main').getByRole('button', { name: /Підписати/ }).first().click();
  }
  await expect(page.locator('.sign-card')).toContainText('Ви підписали');
  await page.goto('/account/petitions');
  await expect(page.locator('main')).toContainText('Безпечний перехід біля ліцею');
  await page.context().close();
});

test('a press while the text is being saved waits for that, and is not taken for another window', async ({ browser }) => {
  const page = await personOf(browser, 'resident13@example.org');
  await page.goto('/petitions/new');
  await page.getByRole('button', { name: 'Почати' }).click();
  let tell: () => void;
  const told = new Promise<void>((done) => (tell = done));
  await page.route('**/autosave', async (route) => {
    const answer = await route.fetch(); // the portal has it, the page does not know yet
    await told;
    await route.fulfill({ response: answer });
  });
  const asked = page.waitForRequest((r) => r.url().endsWith('/autosave'));
  await page.locator('#title').pressSequentially('Лавки вздовж набережної');
  await asked;
  await page.locator('#title').press('End');
  await page.locator('#title').pressSequentially(' Тетерева');
  const answers: number[] = [];
  page.on('response', (r) => {
    if (r.request().method() === 'POST' && !r.url().endsWith('/autosave')) answers.push(r.status());
  });
  const save = page.getByRole('button', { name: 'Зберегти чернетку' });
  await save.click();
  await save.click({ timeout: 1000 }).catch(() => undefined); // the impatient press twice
  tell!();
  await page.waitForURL('**/account/petitions');
  await expect(page.locator('main')).toContainText('Лавки вздовж набережної Тетерева');
  expect(answers).toEqual([303]);
  await page.context().close();
});
