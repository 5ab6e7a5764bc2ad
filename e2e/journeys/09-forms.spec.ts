import { test, expect, accessible, file, next, people, personOf, photoWithPlace, showOnMap } from '../lib';
import type { Page } from '@playwright/test';

// The pages that stand inside a journey: steps, answers with mistakes, every
// action of the office, tabs, what was changed meanwhile. Each at the width of a
// desk and of a phone: no violation of WCAG 2.2 AA, no sideways scroll, no fault
// in the console. With SCREENS=dir each is also kept as a picture.

const widths = [1280, 390];

async function look(page: Page, name: string) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await accessible(page, `${name} at ${width}`);
    if (process.env.SCREENS) {
      await page.evaluate(() => scrollTo(0, 0));
      await page.screenshot({ path: `${process.env.SCREENS}/${name}-${width}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

test.setTimeout(240_000);

test('the four steps and the receipt', async ({ browser }) => {
  const page = await personOf(browser, 'resident32@example.org');
  await page.goto('/appeals/new');
  await next(page);
  await look(page, 'step1-mistake');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await next(page);
  await look(page, 'step2');
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.getByLabel(/Коротко/).fill('Яма');
  await page.getByLabel('Адреса або орієнтир').fill('вул. Київська, 47');
  await page.setInputFiles('input[name=files]', { name: 'яма.jpg', mimeType: 'image/jpeg', buffer: photoWithPlace() });
  await next(page);
  await look(page, 'step2-mistakes');
  await page.getByLabel(/Коротко/).fill('Яма на дорозі біля зупинки «Школа»');
  await page.getByLabel('Опис').fill('Після дощу на проїжджій частині утворилася яма завглибшки з долоню, близько метра в ширину.');
  await showOnMap(page);
  await page.getByRole('button', { name: 'Знайти' }).click();
  await expect(page.locator('[data-map-status]')).toContainText('Позначено');
  await look(page, 'step2-filled');
  await next(page);
  await look(page, 'step3');
  await page.getByLabel('Прізвище, ім’я').fill('');
  await page.getByLabel('Електронна пошта').fill('не пошта');
  await next(page);
  await look(page, 'step3-mistakes');
  await page.getByLabel('Прізвище, ім’я').fill('Зразкова Ольга Іванівна');
  await page.getByLabel('Електронна пошта').fill('resident32@example.org');
  await next(page);
  await look(page, 'step4');
  await page.goto('/appeals');
  await look(page, 'list-with-draft');
  await page.getByRole('link', { name: /Продовжити чернетку/ }).first().click();
  while (!/\/4$/.test(page.url())) await next(page);
  await page.getByRole('button', { name: 'Надіслати' }).click();
  await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}$/);
  await look(page, 'receipt');
  await page.getByRole('button', { name: 'Надіслати' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'message-mistake');
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Запит/ }).check();
  await next(page);
  await look(page, 'step2-information');
  await page.goto('/no/such/page');
  await look(page, 'not-found');
  await page.goto('/cabinet');
  await look(page, 'forbidden');
  await page.context().close();
});

test('an account that has nothing yet, and mistakes of its forms', async ({ page, browser }) => {
  await page.goto('/sign-in?next=/appeals');
  await look(page, 'sign-in-asked');
  await page.getByLabel('Електронна пошта').fill('resident33@example.org');
  await page.getByLabel('Пароль').fill('не той');
  await page.locator('main form').getByRole('button', { name: 'Увійти' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'sign-in-mistake');
  await page.goto('/sign-up');
  await page.getByRole('button', { name: 'Створити обліковий запис' }).click();
  await look(page, 'sign-up-mistakes');
  await page.goto('/verify?code=AAAA-AAAA-AAAA');
  await look(page, 'verify-unknown');
  for (const dead of ['/confirm/0000', '/reset/0000', '/invite/0000']) {
    await page.goto(dead);
    await look(page, `dead-link-${dead.split('/')[1]}`);
  }
  const own = await personOf(browser, 'resident33@example.org');
  await own.goto('/account/password');
  await own.getByRole('button', { name: 'Змінити пароль' }).click();
  await expect(own.getByRole('alert')).toBeVisible();
  await look(own, 'password-mistakes');
  await own.goto('/account');
  await own.getByLabel('Прізвище, ім’я').fill('');
  await own.getByRole('button', { name: 'Зберегти', exact: true }).click();
  await look(own, 'profile-mistakes');
  await own.context().close();
});

test('every action and tab of the office', async ({ browser }) => {
  const author = await personOf(browser, 'resident34@example.org');
  const n = await file(author, { title: 'Просів люк посеред вулиці', place: 'вул. Покровська, 20' });
  const desk = `/cabinet/appeals/${n}`;
  const clerk = await personOf(browser, people.specialist);
  const open = async (p: Page, name: string, path = `${desk}/${name}`) => {
    await p.goto(path);
    await look(p, `case-${name}`);
  };
  await open(clerk, 'register');
  await clerk.getByLabel('Тема').selectOption({ label: 'Виберіть' });
  await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
  await expect(clerk.getByRole('alert')).toBeVisible();
  await look(clerk, 'case-register-mistake');
  await clerk.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
  for (const f of ['assign', 'manager', 'note']) await open(clerk, f);
  await clerk.goto(`${desk}/assign`);
  const staff = clerk.getByLabel('Виконавець', { exact: true });
  const name = (await staff.locator('option').allInnerTexts()).find((t) => t.includes('Мельниченко'));
  await staff.selectOption({ label: name! });
  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.locator('body')).toContainText('передано на виконання');
  for (const tab of ['thread', 'history', 'files']) await open(clerk, `tab-${tab}`, `${desk}?tab=${tab}`);

  const executor = await personOf(browser, people.executor);
  await open(executor, 'executor', desk);
  await open(executor, 'ask');
  await open(executor, 'answer');
  await executor.getByRole('button', { name: 'Передати на підпис' }).click();
  await expect(executor.getByRole('alert')).toBeVisible();
  await look(executor, 'case-answer-mistakes');
  await executor.getByLabel('Текст листа').fill('Люк відремонтовано, кришку закріплено, покриття навколо відновлено. Дякуємо за повідомлення.');
  await executor.getByRole('radio', { name: 'Вирішено позитивно' }).check();
  await executor.getByRole('button', { name: 'Передати на підпис' }).click();
  await expect(executor.locator('body')).toContainText('передано на підпис');

  const manager = await personOf(browser, people.manager);
  for (const f of ['sign', 'return', 'note']) await open(manager, f);
  await manager.goto(`${desk}/sign`);
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.getByRole('alert')).toBeVisible();
  await look(manager, 'case-sign-mistake');
  await manager.getByLabel('Ваш пароль').fill('Zhytomyr-2026');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.locator('body')).toContainText('підписано');
  await open(manager, 'signed', desk);
  // Those that wait for a resolution or may be extended, whichever the demo holds.
  for (const [set, forms] of [['resolve', ['resolve', 'send-back', 'assign']], ['work', ['extend', 'ask']]] as const) {
    await manager.goto(`/cabinet/appeals?set=${set}`);
    const other = (await manager.locator('a.no').first().innerText()).trim();
    for (const f of forms) {
      await manager.goto(`/cabinet/appeals/${other}/${f}`);
      await look(manager, `case-${f}`);
    }
  }
  await author.goto(`/appeals/${n}`);
  await look(author, 'answered');
  await author.getByRole('button', { name: 'Не вирішено' }).click();
  await expect(author.getByRole('alert')).toBeVisible();
  await look(author, 'rating-mistake');
  for (const p of [author, clerk, executor, manager]) await p.context().close();
});

test('forms of the administrator', async ({ browser }) => {
  const page = await personOf(browser, people.admin);
  for (const register of ['units', 'posts', 'topics', 'streets', 'districts', 'templates']) {
    await page.goto(`/admin/${register}/new`);
    await page.locator('#record').getByRole('button').first().click();
    await expect(page.getByRole('alert')).toBeVisible();
    await look(page, `admin-${register}-mistakes`);
  }
  await page.goto('/admin/people/invite');
  await page.getByRole('button', { name: 'Надіслати запрошення' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'admin-invite-mistakes');
  await page.goto('/admin/people?q=' + encodeURIComponent('Зразковий'));
  await page.locator('table').getByRole('link').first().click();
  for (const s of await page.locator('main details > summary').all()) await s.click();
  await look(page, 'admin-person');
  await page.goto('/admin/trail?table=appeals&op=U');
  await look(page, 'admin-trail-appeals');
  await page.goto('/admin/calendar');
  await page.getByRole('button', { name: 'Створити нову версію' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'admin-calendar-mistakes');
  await page.context().close();
});

test('signed in, in English', async ({ browser }) => {
  for (const [email, paths] of [
    ['resident35@example.org', ['/appeals', '/appeals/new', '/account', '/account/sessions', '/privacy']],
    [people.specialist, ['/cabinet/appeals?set=incoming']],
    [people.manager, ['/cabinet/desk']],
    [people.admin, ['/admin', '/admin/people', '/admin/calendar', '/admin/trail']],
  ] as const) {
    const page = await personOf(browser, email);
    const origin = process.env.PORTAL_URL!;
    await page.request.post('/lang/en', { form: { back: '/' }, headers: { origin } });
    for (const path of paths) {
      await page.goto(path);
      await expect(page.locator('html')).toHaveAttribute('lang', 'en');
      expect(await page.locator('main h1').innerText()).not.toMatch(/[а-яіїєґ]/i);
      await look(page, `en-${path.replace(/\W+/g, '-').slice(1)}`);
    }
    await page.context().close();
  }
});
