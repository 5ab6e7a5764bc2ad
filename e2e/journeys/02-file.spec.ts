import { test, expect, file, next, showOnMap, photoWithPlace, signIn, personOf, accessible } from '../lib';

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a resident files an appeal in four steps and gets a receipt at once', async ({ page }) => {
      await signIn(page, `resident${javaScriptEnabled ? 10 : 11}@example.org`);
      await page.goto('/appeals/new');
      await page.getByRole('radio', { name: /^Скарга/ }).check();
      if (javaScriptEnabled) await accessible(page);
      await next(page);

      // Too little to act on: 422, everything kept, the way to the field.
      await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
      await page.locator('#title').fill('Яма біля зупинки');
      await page.locator('#body').fill('Яма');
      await page.locator('#place').fill('вул. Київська, 61');
      await page.setInputFiles('input[type=file]', { name: 'яма.jpg', mimeType: 'image/jpeg', buffer: photoWithPlace() });
      await next(page);
      await expect(page.getByRole('alert')).toContainText('щонайменше 30');
      await expect(page.getByRole('alert')).toContainText('Виберіть, хто побачить звернення');
      if (javaScriptEnabled) await expect(page.getByRole('alert')).toBeFocused();
      await expect(page.locator('#title')).toHaveValue('Яма біля зупинки');
      await expect(page.locator('#place')).toHaveValue('вул. Київська, 61');
      await expect(page.locator('.files')).toContainText('яма.jpg');
      if (javaScriptEnabled) await accessible(page);

      await page.locator('#body').fill('На проїжджій частині біля зупинки глибока яма, водії виїжджають на зустрічну смугу.');
      await showOnMap(page);
      await next(page);
      await expect(page.locator('#name')).not.toBeEmpty();
      await expect(page.locator('#email')).not.toBeEmpty();
      await page.locator('#name').fill('Одне');
      await next(page);
      await expect(page.getByRole('alert')).toBeVisible();
      await page.locator('#name').fill('Зразкова Ольга Іванівна');
      await next(page);

      // Check: the district was named by the place.
      await expect(page.locator('main')).toContainText('Яма біля зупинки');
      await expect(page.locator('main')).toContainText('район');
      if (javaScriptEnabled) await accessible(page);
      await page.getByRole('button', { name: 'Надіслати' }).click();
      await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}/);
      await expect(page.locator('main')).toContainText(/Звернення №\s20\d\d-\d{5} прийнято/);
      await expect(page.locator('main')).toContainText('Строк за законом');
      await page.getByText('Чому саме стільки').click();
      await expect(page.locator('main')).toContainText('ст. 20 Закону 393/96-ВР');
      await expect(page.locator('main')).toContainText('На реєстрації');
      if (javaScriptEnabled) await accessible(page);

      // Its author changes his mind about the map, and changes it again.
      await page.getByRole('button', { name: 'Прибрати з мапи' }).click();
      await expect(page.locator('main')).toContainText('На мапі не показано');
      if (javaScriptEnabled) await accessible(page);
      await page.getByRole('button', { name: 'Показати на мапі' }).click();
      await expect(page.locator('main')).toContainText('Буде на мапі, щойно звернення зареєструють');

      // The photo that is served holds no place.
      const href = await page.locator('a[href^="/files/"]').first().getAttribute('href');
      await expect(async () => {
        const res = await page.request.get(href!);
        expect(res.ok()).toBeTruthy();
        expect((await res.body()).includes('GPS')).toBeFalsy();
        expect(res.headers()['x-content-type-options']).toBe('nosniff');
        expect(res.headers()['content-security-policy']).toContain('sandbox');
      }).toPass();
    });
  });
}

test('a draft is kept as one types, and comes back on another visit', async ({ page }) => {
  await signIn(page, 'resident12@example.org');
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Пропозиція/ }).check();
  await next(page);
  await page.locator('#title').fill('Лавки вздовж алеї');
  const saved = page.waitForResponse((r) => r.url().endsWith('/autosave') && r.ok());
  await page.locator('#body').pressSequentially('Пропоную поставити лавки вздовж алеї, щоб літні люди могли відпочити.');
  await saved;
  await page.waitForTimeout(1500);
  page.on('dialog', (d) => d.accept());
  await page.goto('/appeals');
  await page.locator('a.item-title', { hasText: 'Лавки вздовж алеї' }).click();
  await expect(page.locator('#body')).toHaveValue(/літні люди могли відпочити/);
});

test('the place: suggestions first, the pin by keyboard, a refusal outside the community', async ({ page }) => {
  await signIn(page, 'resident13@example.org');
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await next(page);
  await page.locator('#place').pressSequentially('Київськ');
  await expect(page.getByRole('listbox')).toContainText('Київська');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.locator('#place')).toHaveValue(/Київська/);
  await expect(page.locator('main')).toContainText('район');
  const lat = page.locator('input[name=lat]');
  const before = await lat.inputValue();
  expect(Number(before)).toBeGreaterThan(50);
  await page.locator('.ol-viewport, [data-map-picker] canvas').first().waitFor();
  const pin = page.locator('[data-map-picker] button.map-pin, [data-map-picker] .pin-button, [data-map-picker] [data-pin]').first();
  await pin.focus();
  await page.keyboard.press('Shift+ArrowUp');
  await expect(lat).not.toHaveValue(before);
  // A point outside is refused by the server whatever the page said.
  await page.evaluate(() => {
    (document.querySelector('input[name=lat]') as HTMLInputElement).value = '50.45';
    (document.querySelector('input[name=lon]') as HTMLInputElement).value = '30.52';
  });
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.locator('#title').fill('Яма в Києві');
  await page.locator('#body').fill('Ця яма лежить за межами громади, і портал має про це сказати.');
  await next(page);
  await expect(page.getByRole('alert')).toContainText('меж');
  // The verdict stands in the summary and at the field, once each, and goes with the point that it was of.
  const verdict = page.locator('main form').getByText('Позначка поза межами');
  await expect(verdict).toHaveCount(1);
  await page.locator('[data-map-picker] .map[data-live]').waitFor();
  await page.locator('#lat').fill('50.46');
  await page.locator('#lat').press('Tab');
  await expect(page.locator('[data-map-status]')).toContainText('за межами');
  await expect(verdict).toHaveCount(0);
  await expect(page.locator('#title')).toHaveValue('Яма в Києві');
});

test('who types before the script has come keeps his place and gets the suggestions', async ({ page }) => {
  await signIn(page, 'resident13@example.org');
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  let come = () => {};
  const late = new Promise<void>((done) => { come = done; });
  await page.route(/\/static\/app-.*\.js$/, async (route) => { await late; await route.continue(); });
  await page.locator('main').getByRole('button', { name: 'Продовжити' }).last().click({ noWaitAfter: true });
  await page.locator('#place').pressSequentially('Київ');
  come();
  await expect(page.locator('#place')).toHaveAttribute('role', 'combobox');
  await page.keyboard.type('ськ');
  await expect(page.locator('#place')).toHaveValue('Київськ');
  await expect(page.getByRole('listbox')).toContainText('Київська');
});

test('a double click files once', async ({ page }) => {
  await signIn(page, 'resident14@example.org');
  const before = await page.locator('main').getByRole('link', { name: /Подвійне натискання/ }).count();
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await next(page);
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.locator('#title').fill('Подвійне натискання');
  await page.locator('#body').fill('Перевірка того, що подвійне натискання подає звернення один раз.');
  await showOnMap(page);
  await next(page);
  await next(page);
  const url = page.url();
  const send = page.getByRole('button', { name: 'Надіслати' });
  await send.evaluate((b: HTMLButtonElement) => { const f = b.form!; f.requestSubmit(b); f.requestSubmit(b); });
  await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}/);
  const first = page.url().match(/20\d\d-\d{5}/)![0];
  // The same form once more, as from a second tab.
  const again = await page.request.post(url, { form: { do: 'next' }, headers: { origin: process.env.PORTAL_URL! } });
  expect(again.url()).toContain(first);
  await page.goto('/appeals');
  await expect(page.locator('main').getByRole('link', { name: /Подвійне натискання/ })).toHaveCount(before + 1);
});

test('a session lost in the middle of a form brings back the filled form', async ({ page, context }) => {
  await signIn(page, 'resident15@example.org');
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await next(page);
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.locator('#title').fill('Сеанс завершився');
  await page.locator('#body').fill('Цей довгий текст не повинен зникнути, коли сеанс раптом завершиться посеред форми.');
  await context.clearCookies();
  await next(page);
  await expect(page).toHaveURL(/sign-in/);
  await page.getByLabel('Електронна пошта').fill('resident15@example.org');
  await page.getByLabel('Пароль').fill('Zhytomyr-2026');
  await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(page.locator('#title')).toHaveValue('Сеанс завершився');
  await expect(page.locator('#body')).toHaveValue(/не повинен зникнути/);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a personal topic is told not to be shown, and never is', async ({ page }) => {
      await signIn(page, `resident${javaScriptEnabled ? 18 : 19}@example.org`);
      await page.goto('/appeals/new');
      await page.getByRole('radio', { name: /^Заява/ }).check();
      await next(page);
      const choice = page.getByRole('group', { name: 'Хто побачить звернення' });
      const reason = page.getByText('Звернення на цю тему не показуємо на мапі');
      await expect(choice.getByRole('radio', { checked: true })).toHaveCount(0);
      await expect(choice).toBeVisible();
      await expect(reason).toBeHidden();
      await page.getByLabel('Тема').selectOption({ label: 'Підтримка внутрішньо переміщених осіб' });
      await expect(choice).toBeHidden();
      await expect(reason).toBeVisible();
      if (javaScriptEnabled) await accessible(page);
      await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
      await showOnMap(page);
      await page.getByLabel('Тема').selectOption({ label: 'Підтримка внутрішньо переміщених осіб' });
      await page.locator('#title').fill('Допомога родині, про яку ніхто не має знати');
      await page.locator('#body').fill('Родина переїхала минулого тижня, прошу допомогти з тимчасовим житлом і одягом.');
      await page.locator('#place').fill('вул. Київська, 61');
      await next(page);
      await next(page);
      await expect(page.locator('main')).toContainText('лише ви і місто: тема особиста');
      await page.getByRole('button', { name: 'Надіслати' }).click();
      await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}/);
      await expect(page.locator('main')).toContainText('На мапі не показано: тема особиста');
    });
  });
}

test('nobody else sees the appeal or its file', async ({ page, browser }) => {
  await signIn(page, 'resident16@example.org');
  const n = await file(page, { title: 'Лише моє звернення' });
  const other = await personOf(browser, 'resident17@example.org');
  const res = await other.goto(`/appeals/${n}`);
  expect(res!.status()).toBe(404);
  await accessible(other);
  await other.context().close();
});
