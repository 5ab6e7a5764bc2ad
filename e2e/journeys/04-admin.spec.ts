import { test, expect, personOf, people, letterTo, linkOf, signIn, accessible, PASSWORD } from '../lib';

test('the administrator invites an official, changes a unit, meets a stale save and reads its history', async ({ browser, page }) => {
  const admin = await personOf(browser, people.admin);
  const email = `official-${Date.now()}@example.org`;
  await admin.goto('/admin/people/invite');
  await admin.locator('input[name=email]').fill(email);
  await admin.locator('input[name=name]').fill('Нова Посадовиця Петрівна');
  await admin.locator('main form button[type=submit]').last().click();
  await expect(admin.getByRole('alert')).toContainText('роль'); // without one he would see nothing
  await admin.getByLabel('Виконавець').check();
  await admin.locator('main form button[type=submit]').last().click();
  await expect(admin).toHaveURL(/\/admin\/people\/\d+/);
  await expect(admin.locator('main')).toContainText('Нова Посадовиця Петрівна');
  await accessible(admin);
  await expect(admin.locator('main')).toContainText(/виконавець/i);

  await letterTo(page, email, /./);
  await page.goto(await linkOf(page, /^\/invite\//));
  await accessible(page);
  await page.getByLabel(/Пароль/i).first().fill('довгий-пароль-2026');
  await page.getByRole('button', { name: 'Прийняти запрошення' }).click();
  if (/sign-in/.test(page.url())) await signIn(page, email, 'довгий-пароль-2026');
  await page.goto('/cabinet');
  await expect(page).toHaveURL(/set=mine/);

  // Two windows change one unit: the second sees both versions and loses nothing.
  await admin.goto('/admin/units');
  const unit = await admin.locator('main a[href^="/admin/units/"]:not([href$="/new"])').first().getAttribute('href');
  const second = await personOf(browser, people.admin);
  await admin.goto(unit!);
  await second.goto(unit!);
  const phone = `(0412) ${Math.floor(Math.random() * 90 + 10)}-00-11`;
  await admin.locator('input[name=phone]').fill(phone);
  await admin.locator('main form button[type=submit]').first().click();
  await expect(admin.getByRole('alert')).toHaveCount(0);
  await second.locator('input[name=phone]').fill('(0412) 99-99-99');
  await second.locator('main form button[type=submit]').first().click();
  await expect(second.locator('main')).toContainText(phone);
  await expect(second.locator('input[name=phone]')).toHaveValue('(0412) 99-99-99');
  await accessible(second);

  // The history: who, which attribute, from what, to what.
  await admin.goto(unit!.replace('/admin/units/', '/admin/trail/units/'));
  await expect(admin.locator('main')).toContainText(phone);
  await expect(admin.locator('main')).toContainText('Демидюк');
  await accessible(admin);
  await second.context().close();

  // One entry of one save: its attributes in words, the codes folded. On a phone the list comes first.
  const entry = admin.locator('.history > li').first();
  await expect(entry.locator('.diff ins').filter({ hasText: phone })).toBeVisible();
  await expect(entry.getByText('city.manage')).toBeHidden();
  await entry.getByText('Технічні подробиці').click();
  await expect(entry.getByText('city.manage')).toBeVisible();
  await accessible(admin);
  await admin.goto('/admin/trail?table=units&op=U');
  await expect(admin.getByLabel('Що саме в записі')).toBeVisible();
  await admin.setViewportSize({ width: 390, height: 844 });
  await expect(admin.getByLabel('Що саме в записі')).toBeHidden();
  await expect(admin.locator('.history > li').first()).toBeInViewport();
  await admin.getByText('Відбір').click();
  await admin.getByLabel('Що саме в записі').selectOption({ label: 'Телефон' });
  await admin.getByRole('button', { name: 'Показати' }).click();
  await expect(admin.locator('.history')).toContainText(phone);
  await accessible(admin);

  // Whom the first page names as one without a post is appointed, and stands there no more.
  await admin.goto('/admin');
  await accessible(admin);
  await admin.locator('main').getByRole('link', { name: 'Нова Посадовиця Петрівна' }).first().click();
  await expect(admin.locator('main')).toContainText('Роль є, а посади немає');
  await accessible(admin);
  const post = admin.locator('select[name=post_id]');
  await post.selectOption({ index: 3 });
  await admin.getByRole('button', { name: 'Призначити', exact: true }).click();
  await expect(admin.locator('main')).not.toContainText('Роль є, а посади немає');
  await admin.context().close();
});

test('a new record comes back filled after the session was lost', async ({ browser }) => {
  const admin = await personOf(browser, people.admin);
  await admin.goto('/admin/units/new');
  await admin.getByLabel('Назва українською').fill('Відділ, якого ще немає');
  await admin.context().clearCookies();
  await admin.locator('#record button[type=submit]').first().click();
  await expect(admin.locator('main')).toContainText('введене збережено');
  await admin.getByLabel('Електронна пошта').fill(people.admin);
  await admin.getByLabel('Пароль').fill(PASSWORD);
  await admin.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(admin.getByLabel('Назва українською')).toHaveValue('Відділ, якого ще немає');
  await admin.context().close();
});

test('a bad row is named, and the file is refused whole or without it', async ({ browser }) => {
  const admin = await personOf(browser, people.admin);
  await admin.goto('/admin/import');
  await admin.locator('select[name=kind]').selectOption('streets');
  const csv = Buffer.from('kind,name,old_names,lat,lon\nвулиця,Перевірочна,,50.25,28.66\nвулиця,,,50.25,28.66\n');
  await admin.setInputFiles('input[name=file]', { name: 'streets.csv', mimeType: 'text/csv', buffer: csv });
  await admin.locator('button[name=do][value=check]').click();
  await expect(admin.locator('main')).toContainText('3');
  await accessible(admin);
  await admin.context().close();
});
