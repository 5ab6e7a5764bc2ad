import { test, expect, accessible, people, personOf } from '../lib';

// The city's purchases: found in three clicks, read, taken away, asked about.
// The first journey has no scripts: nothing here needs one.

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });

  test('a person finds a contract, reads what was checked and asks about it', async ({ page }) => {
    await page.goto('/');
    await page.getByRole('navigation', { name: /меню/i }).first().getByRole('link', { name: 'Закупівлі' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Закупівлі міста');
    await expect(page.getByText('Ознака — це не порушення.')).toBeVisible();
    // The demo says plainly whose purchases these are.
    await expect(page.getByText('справжні документи Prozorro інших замовників')).toBeVisible();

    await page.getByLabel('Предмет, постачальник або номер').fill('ремонт');
    await page.getByRole('button', { name: 'Показати' }).click();
    await expect(page.getByRole('heading', { level: 2 }).first()).toContainText('за запитом «ремонт»');
    await page.getByRole('link', { name: 'Прибрати фільтр: «ремонт»' }).click();
    await expect(page).not.toHaveURL(/q=/);

    await page.locator('.ptable .item-title').first().click();
    await expect(page.getByRole('heading', { name: 'Індикатори', exact: true })).toBeVisible();
    await expect(page.getByRole('heading', { name: 'Документи договору' })).toBeVisible();
    const number = page.url().split('/').pop()!;
    await page.getByRole('link', { name: 'Подати звернення про цей договір' }).click();
    await expect(page).toHaveURL(new RegExp(`sign-in|purchase=${number}`));
  });

  test('a code is picked in the tree and the other conditions stay', async ({ page }) => {
    await page.goto('/procurement/search?kind=tender&sort=amount');
    await page.getByRole('link', { name: 'Вибрати код CPV за деревом' }).click();
    await page.getByRole('link', { name: /^Медичне обладнання/ }).click();
    await page.getByRole('link', { name: 'Показати закупівлі', exact: true }).click();
    await expect(page).toHaveURL(/cpv=33/);
    await expect(page).toHaveURL(/kind=tender/);
    await expect(page.getByRole('link', { name: /Прибрати фільтр: CPV 33/ })).toBeVisible();
  });

  test('a mistake is said at its field and nothing typed is lost', async ({ page }) => {
    const answer = await page.goto('/procurement/search?q=ремонт&min=багато&cpv=дах');
    expect(answer!.status()).toBe(422);
    await expect(page.getByLabel('Предмет, постачальник або номер')).toHaveValue('ремонт');
    await expect(page.getByLabel('Сума від, грн')).toHaveValue('багато');
    await expect(page.getByLabel('Сума від, грн')).toBeVisible();
  });
});

test('what one sees can be taken away', async ({ page }) => {
  await page.goto('/procurement/search?kind=contract');
  for (const [name, type] of [['CSV', /text\/csv/], ['JSON', /application\/json/], ['XLSX', /spreadsheetml/], ['OCDS', /application\/json/]] as const) {
    const href = await page.locator('.p-exports').getByRole('link', { name, exact: true }).getAttribute('href');
    const answer = await page.request.get(href!);
    expect(answer.status(), name).toBe(200);
    expect(answer.headers()['content-type'], name).toMatch(type);
    expect(answer.headers()['access-control-allow-origin'], name).toBe('*');
  }
  const csv = await (await page.request.get('/procurement/search.csv')).text();
  expect(csv.split('\n').length).toBeGreaterThan(10);
  expect(csv).not.toMatch(/(^|[^0-9A-Za-z_-])\d{10}($|[^0-9A-Za-z_-])/m);
});

// A card hides what goes beyond its edge, so the page itself does not scroll.
test('nothing of a chart is cut off on a phone', async ({ page }) => {
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 844 });
    for (const path of ['/procurement', '/procurement/suppliers/UA-EDR-00000001']) {
      await page.goto(path);
      await expect(page.locator('.p-bars').first()).toBeVisible();
      const cut = await page.locator('.p-bars :is(th, td)').evaluateAll((cells) => cells
        .filter((c) => c.getBoundingClientRect().right > c.closest('.ds-card')!.getBoundingClientRect().right)
        .map((c) => c.textContent));
      expect(cut, `${path} at ${width}`).toEqual([]);
    }
    await accessible(page);
  }
});

test('a code is suggested while a person types', async ({ page }) => {
  await page.goto('/procurement/search');
  const code = page.getByRole('combobox', { name: 'Код CPV' });
  await code.pressSequentially('будівел');
  await page.locator('.suggest li').first().click();
  await expect(code).toHaveValue(/^\d{8}-\d /);
  await page.getByRole('button', { name: 'Показати' }).click();
  await expect(page).toHaveURL(/cpv=/);
  await expect(page.locator('.ds-error-summary')).toHaveCount(0);
});

test('the registry says of every indicator whether it is calculated and why not', async ({ page }) => {
  await page.goto('/procurement/indicators');
  await expect(page.locator('.p-reg tbody tr')).toHaveCount(134);
  await page.getByRole('link', { name: 'DASU-3-3', exact: true }).click();
  for (const title of ['Що означає', 'Як рахуємо', 'Чому може помилятися', 'Закон']) await expect(page.getByRole('heading', { name: title })).toBeVisible();
});

test('a resident asks about a contract and finds its facts in the form', async ({ browser }) => {
  const page = await personOf(browser, people.resident);
  await page.goto('/procurement/search?kind=contract');
  await page.locator('.ptable .item-title').first().click();
  const number = page.url().split('/').pop()!;
  await page.getByRole('link', { name: 'Подати звернення про цей договір' }).click();
  await expect(page.locator('main')).toContainText(number);
  await accessible(page, 'an appeal about a contract');
  await page.context().close();
});
