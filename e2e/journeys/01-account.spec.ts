import { test, expect, letterTo, linkOf, signIn, accessible } from '../lib';

const stamp = Date.now();

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with scripts' : 'without scripts', () => {
    test.use({ javaScriptEnabled });

    test('a resident signs up, confirms, forgets the password and ends a session', async ({ page, browser }) => {
      const email = `new-${javaScriptEnabled}-${stamp}@example.org`;
      await page.goto('/sign-up');
      // What is missing is said, and nothing typed is lost.
      await page.getByLabel('Прізвище, ім’я').fill('Нова Мешканка Іванівна');
      await page.getByRole('button', { name: 'Створити обліковий запис' }).click();
      await expect(page.getByRole('alert')).toBeVisible();
      if (javaScriptEnabled) await expect(page.getByRole('alert')).toBeFocused();
      await expect(page.getByLabel('Прізвище, ім’я')).toHaveValue('Нова Мешканка Іванівна');
      await expect(page.getByRole('link', { name: /персональн/i }).first()).toBeVisible();

      await page.getByLabel('Електронна пошта').fill(email);
      await page.getByLabel('Пароль').first().fill('довгий-пароль-2026');
      await page.getByRole('button', { name: 'Створити обліковий запис' }).click();
      await expect(page).toHaveURL(/sent/);

      await letterTo(page, email, /Підтверд/);
      const confirm = await linkOf(page, /^\/confirm\//);
      await page.goto(confirm); // a mail scanner that opens the link confirms nothing
      if (javaScriptEnabled) await accessible(page);
      await page.getByRole('button', { name: 'Підтвердити адресу' }).click();
      await signIn(page, email, 'довгий-пароль-2026');
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Мої звернення');

      // The link is good once.
      await page.goto(confirm);
      await expect(page.getByRole('button', { name: 'Підтвердити адресу' })).toHaveCount(0);

      // Forgotten password, from another window.
      const other = await (await browser.newContext({ baseURL: process.env.PORTAL_URL!, locale: 'uk-UA', javaScriptEnabled })).newPage();
      await other.goto('/sign-in');
      await other.getByRole('link', { name: /пароль/i }).first().click();
      await other.getByLabel('Електронна пошта').fill(email);
      await other.getByRole('button', { name: 'Надіслати посилання' }).click();
      await letterTo(other, email, /пароль/i);
      await other.goto(await linkOf(other, /^\/reset\//));
      if (javaScriptEnabled) await accessible(other);
      await other.getByLabel(/пароль/i).first().fill('інший-пароль-2026');
      await other.getByRole('button', { name: 'Зберегти пароль' }).click();

      // All sessions ended with the old password.
      await page.goto('/account');
      await expect(page).toHaveURL(/sign-in/);
      await signIn(page, email, 'інший-пароль-2026');
      await signIn(other, email, 'інший-пароль-2026');
      await page.goto('/account/sessions');
      if (javaScriptEnabled) await accessible(page);
      await page.getByRole('button', { name: /Завершити/ }).first().click();
      await other.goto('/account');
      await expect(other).toHaveURL(/sign-in/);
      await other.context().close();
    });
  });
}

test('sign-up and reset do not tell whether an address is known', async ({ page }) => {
  const answers: string[] = [];
  for (const email of ['resident2@example.org', `unknown-${stamp}@example.org`]) {
    await page.goto('/reset');
    await page.getByLabel('Електронна пошта').fill(email);
    await page.getByRole('button', { name: 'Надіслати посилання' }).click();
    answers.push((await page.locator('main').innerText()).replaceAll(email, '…'));
    await page.goto('/sign-up');
    await page.getByLabel('Прізвище, ім’я').fill('Хтось Невідомий Петрович');
    await page.getByLabel('Електронна пошта').fill(email);
    await page.getByLabel('Пароль').first().fill('довгий-пароль-2026');
    await page.getByRole('button', { name: 'Створити обліковий запис' }).click();
    answers.push((await page.locator('main').innerText()).replaceAll(email, '…'));
    // Nor does signing in with the password that was just chosen.
    await page.goto('/sign-in');
    await page.getByLabel('Електронна пошта').fill(email);
    await page.getByLabel('Пароль').fill('довгий-пароль-2026');
    await page.getByRole('button', { name: 'Увійти' }).click();
    await expect(page.getByRole('alert')).toContainText('ще не підтверджено');
    await expect(page.getByRole('link', { name: 'Отримати нове посилання' })).toHaveAttribute('href', '/reset');
    answers.push((await page.locator('main').innerText()).replaceAll(email, '…'));
  }
  expect(answers.slice(0, 3)).toEqual(answers.slice(3));
  await letterTo(page, 'resident2@example.org', /./);
});
