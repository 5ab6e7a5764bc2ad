import { test, expect, letterTo, linkOf, PASSWORD } from '../lib';
import { Keys } from '../keys';

// Steps 1–3 by a person without a mouse: addresses are opened, all else is keys.

const go = 'main form button[type=submit]:not(.ds-sr-only)';
const onwards = 'button[name=do][value=next]:not(.ds-sr-only)';

test('by keyboard alone: sign-up, confirmation, sign-in, new password, end of a session', async ({ page, browser }) => {
  const email = `keys-${Date.now()}@example.org`;
  const keys = new Keys(page);
  await page.goto('/');
  await keys.press('a.skip, a[href="#main"]', 'Enter'); // the way past the header comes first
  await page.goto('/sign-in');
  await keys.press('main aside a[href^="/sign-up"]', 'Enter');
  await expect(page).toHaveURL(/sign-up/);
  await keys.press('main form input[name=newsletter]', 'Space');
  await keys.press(go, 'Enter');

  // The summary has the focus; Enter on its first line leads into the field.
  await expect(page.getByRole('alert')).toBeFocused();
  await keys.press('.ds-error-summary a', 'Enter');
  await expect(page.locator('#name')).toBeFocused();
  await expect(page.locator('#newsletter')).toBeChecked();
  await page.keyboard.type('Клавіша Марія Петрівна');
  await keys.type('#email', email);
  await keys.type('#password', 'довга-клавіша-2026');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/sent/);

  await letterTo(page, email, /Підтверд/);
  await page.goto(await linkOf(page, /^\/confirm\//));
  await keys.press(go, 'Enter');
  await expect(page).toHaveURL(/sign-in/);
  await keys.press('main form a[href="/reset"]', 'Enter');
  await expect(page).toHaveURL(/reset$/);
  await keys.type('#email', email);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/reset\/sent/);
  await letterTo(page, email, /Новий пароль/);
  await page.goto(await linkOf(page, /^\/reset\//));
  await keys.type('#password', 'нова-клавіша-2026');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/sign-in/);

  const other = await (await browser.newContext({ baseURL: process.env.PORTAL_URL! })).newPage();
  for (const p of [other, page]) {
    const k = new Keys(p);
    await p.goto('/sign-in');
    await k.type('#email', email);
    await k.type('#password', 'нова-клавіша-2026');
    await p.keyboard.press('Enter');
    await expect(p).toHaveURL(/\/appeals$/);
  }
  await page.goto('/account/sessions');
  await keys.press('form[action$="/end"] button', 'Enter');
  await expect(page.locator('body')).toContainText('Вхід завершено');
  await other.goto('/account');
  await expect(other).toHaveURL(/sign-in/);
  await other.context().close();
});

test('by keyboard alone: the four steps with suggestion and pin, and the receipt', async ({ page }) => {
  const keys = new Keys(page);
  await page.goto('/sign-in?next=/appeals/new');
  await keys.type('#email', 'resident20@example.org');
  await keys.type('#password', PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/:\d+\/appeals\/new$/);

  // 1. The arrows choose among the cards.
  await keys.to('input[name=kind]');
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /^Скарга/ })).toBeChecked();
  await keys.press(onwards, 'Enter');
  await expect(page).toHaveURL(/\/2$/);

  // 2. A suggestion by the arrows; Enter in the field of the address does not send the form.
  await keys.to('#topic');
  await page.keyboard.type('Яма');
  await keys.type('#title', 'Яма, яку знайдено без миші');
  await keys.to('#place');
  await page.keyboard.type('Покровськ');
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.locator('#place')).toHaveValue(/Покровська/);
  await expect(page.locator('[data-map-status]')).toContainText('Позначено');
  const lat = page.locator('#lat'), lon = page.locator('#lon');
  const first = [await lat.inputValue(), await lon.inputValue()];
  // The pin is a stop of its own; the arrows move it.
  await page.locator('[data-map-picker] .map[data-live]').waitFor();
  await keys.to('[data-map-pin]');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(lat).not.toHaveValue(first[0]!);
  await expect(lon).not.toHaveValue(first[1]!);
  expect(Number(await lat.inputValue())).toBeGreaterThan(Number(first[0]));
  expect(Number(await lon.inputValue())).toBeGreaterThan(Number(first[1]));
  const moved = await lat.inputValue();
  await keys.type('#body', 'Глибока яма на смузі руху, її не видно після дощу. Подано без миші.');
  await keys.to('input[name=public]');
  await page.keyboard.press('Space');
  await keys.press(onwards, 'Enter');
  await expect(page).toHaveURL(/\/3$/);
  await page.goBack(); // what was chosen is kept, to the last digit
  await expect(lat).toHaveValue(moved);
  await page.goForward();

  // 3. The channel, then the check, then the receipt.
  await keys.to('input[name=channel]');
  await page.keyboard.press('ArrowDown');
  await keys.press(onwards, 'Enter');
  await expect(page).toHaveURL(/\/4$/);
  await keys.press(onwards, 'Enter');
  await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}$/);
  await expect(page.locator('main')).toContainText('прийнято');
  await keys.press('details.more summary', 'Enter');
  await expect(page.locator('main')).toContainText('зареєстровано');
  await expect(page.locator('main')).toContainText('Відділ звернень');
  await keys.type('#message', 'Додаю: яма перед самим переходом.');
  await page.keyboard.press('Tab'); // the files, which are optional
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toContainText('перед самим переходом');
});
