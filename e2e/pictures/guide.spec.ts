import { test, expect, file, personOf, people, next, PASSWORD } from '../lib';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';

// One appeal goes through the guide, from the form to the grade, so that its
// pictures tell one story; beside it stand pictures of what the demo city has.

const guide = join(import.meta.dirname, '../../docs/guide');
const taken: string[] = [];

const matter = {
  title: 'Яма на дорозі біля зупинки «Школа»',
  body: 'Після дощу на проїжджій частині утворилася яма завглибшки з долоню, близько метра в ширину. Автобуси об’їжджають її зустрічною смугою.',
  place: 'вул. Київська, 47',
};
const reply = 'Шановна Ольго Іванівно!\n\nЯму на вул. Київській біля будинку 47 усунено: покриття відновлено на площі 3\u00a0м².\n\nПідстава — акт обстеження. Якщо проблема повториться, телефонуйте до диспетчерської служби 15-80.';

test.describe.configure({ mode: 'serial' });

// A picture from the top of the page down to the end of what it is about, or of one element alone.
async function picture(page: Page, name: string, end: number | Locator, only?: Locator) {
  taken.push(name);
  const { width } = page.viewportSize()!;
  await page.mouse.move(0, 0); // a row under the pointer would look chosen
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    scrollTo(0, 0);
  });
  let height = end as number;
  if (typeof end !== 'number') {
    const box = await end.boundingBox();
    height = Math.ceil(box!.y + box!.height) + 24;
  }
  // The window is made as long as the picture: what sticks to its edge would else stand in the middle.
  await page.setViewportSize({ width, height });
  await page.waitForLoadState('networkidle');
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all([...document.images].filter((i) => i.checkVisibility()).map((i) => i.decode().catch(() => undefined)));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); // OpenLayers draws in frames
  });
  await (only ?? page).screenshot({ path: join(guide, 'img', `${name}.png`), animations: 'disabled', caret: 'hide', scale: 'css' });
  await page.setViewportSize({ width, height: 900 });
}

async function mapDrawn(page: Page) {
  await page.locator('.ol-viewport canvas').first().waitFor();
}

async function choose(page: Page, name: string, part: string) {
  const select = page.locator(`select[name=${name}]`);
  const label = (await select.locator('option').allInnerTexts()).find((t) => t.includes(part));
  expect(label, `${part} in ${name}`).toBeTruthy();
  await select.selectOption({ label: label! });
}

const press = (page: Page, name: string) => page.locator('main').getByRole('button', { name, exact: true }).first().click();

async function register(clerk: Page, n: string) {
  await clerk.goto(`/cabinet/appeals/${n}`);
  await clerk.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await press(clerk, 'Зареєструвати');
  await expect(clerk.locator('body')).toContainText(`Звернення № ${n} зареєстровано`);
}

test('what anybody sees', async ({ page }) => {
  await page.goto('/');
  await picture(page, 'home', 1075);
  await page.goto('/sign-up');
  await picture(page, 'signup', page.locator('main form').last());
  await page.goto('/map');
  await mapDrawn(page);
  await picture(page, 'map', 900);
  await page.goto('/procurement');
  await picture(page, 'purchases', 1400);
  await page.goto('/procurement/search?kind=contract&sign=any');
  await picture(page, 'purchases-search', 1400);
  await page.locator('.ptable .item-title').first().click();
  await picture(page, 'purchases-contract', 1400);
  await page.goto('/petitions');
  await page.getByRole('link', { name: /Безпечний перехід біля ліцею/ }).first().click();
  await picture(page, 'petition', 900);
});

test('purchases and petitions of a resident', async ({ browser }) => {
  const page = await personOf(browser, people.resident);
  await page.goto('/petitions/new');
  await page.getByRole('button', { name: 'Почати' }).click();
  await page.locator('#title').pressSequentially('Безпечні переходи біля ліцею');
  await expect(page.locator('[data-like]')).toContainText('Безпечний перехід біля ліцею');
  await expect(page.locator('.autosave')).not.toBeEmpty();
  await picture(page, 'petition-form', 900);
  await page.locator('#title').fill('Лавки й смітники вздовж набережної Тетерева');
  await page.locator('#essence').fill('Просимо поставити лавки й смітники вздовж набережної: від мосту до пляжу немає жодного місця, де можна сісти.');
  await page.locator('#proposal').fill('Установити десять лавок і десять смітників до початку літа.');
  await press(page, 'Надіслати петицію');
  const mine = page.getByRole('button', { name: 'Моя про інше, надіслати' });
  await expect(mine.or(page.locator('input[id$="-link"]')).first()).toBeVisible();
  if (await mine.isVisible()) await mine.click();
  await expect(page.locator('main')).toContainText('Шукає перших прихильників');
  await picture(page, 'petition-mine', 1000);
  await page.context().close();
});

let number = '';
let byPost = '';

test('an appeal is filed', async ({ browser }) => {
  const page = await personOf(browser, people.resident);
  await page.goto('/appeals/new');
  await page.getByRole('radio', { name: /^Заява/ }).check();
  await picture(page, 'form1', page.locator('main form').last());
  await next(page);
  await page.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await page.locator('#title').fill(matter.title);
  await page.locator('#place').fill(matter.place);
  await page.getByRole('button', { name: 'Знайти' }).click();
  await expect(page.locator('input[name=lat]')).not.toHaveValue('');
  await page.locator('#body').fill(matter.body);
  await mapDrawn(page);
  await picture(page, 'form2', page.locator('#body'));
  await page.getByRole('radio', { name: /^Показати на мапі міста/ }).check();
  await picture(page, 'form2-choice', 900, page.locator('fieldset', { hasText: 'Хто побачить звернення' }));
  await next(page);
  await expect(page.locator('#name')).not.toBeEmpty();
  await page.getByRole('radio', { name: /^Електронною поштою/ }).check();
  await next(page);
  await picture(page, 'form4', page.locator('main').getByRole('button', { name: 'Надіслати' }));
  await page.getByRole('button', { name: 'Надіслати' }).click();
  await expect(page).toHaveURL(/\/appeals\/20\d\d-\d{5}/);
  number = page.url().match(/20\d\d-\d{5}/)![0];
  await picture(page, 'receipt', 1250);
  byPost = await file(page, { title: 'Просідання навколо люка', place: 'вул. Гранітна, 3', channel: 'Поштою на паперовому бланку' });
  await page.context().close();
});

test('the specialist', async ({ browser }) => {
  const page = await personOf(browser, people.specialist);
  await page.goto('/cabinet/appeals?set=incoming');
  for (const i of [2, 3, 5]) await page.locator('table input[name=id]').nth(i).check();
  await picture(page, 'queue', 900);
  await page.getByRole('region', { name: 'Дії з вибраними' }).getByRole('button', { name: 'Призначити' }).click();
  await picture(page, 'bulk', page.locator('section[aria-labelledby=stay-h]'));
  await page.goto(`/cabinet/appeals/${number}?set=incoming`);
  await picture(page, 'register', page.locator('main').getByRole('button', { name: 'Зареєструвати' }));
  await register(page, number);
  await page.goto(`/cabinet/appeals/${number}/assign?set=incoming`);
  await choose(page, 'unit', 'доріг');
  await picture(page, 'assign', 1000);
  await page.goto(`/cabinet/appeals/${number}/manager`);
  await choose(page, 'manager', 'Зразковий');
  await press(page, 'Передати на резолюцію');
  await expect(page.locator('body')).toContainText('передано керівникові');

  await register(page, byPost);
  await page.goto(`/cabinet/appeals/${byPost}/assign`);
  await choose(page, 'unit', 'доріг');
  await choose(page, 'executor', 'Мельниченко');
  await press(page, 'Передати на виконання');
  await expect(page.locator('body')).toContainText('передано на виконання');
  await page.goto('/cabinet/petitions');
  await picture(page, 'petition-desk', 700);
  await page.getByRole('link', { name: /Накриття й лавки/ }).click();
  await press(page, 'Взяти в роботу');
  await picture(page, 'petition-card', 1000);
  await page.context().close();
});

test('the manager writes a resolution', async ({ browser }) => {
  const page = await personOf(browser, people.manager);
  await page.goto('/cabinet/desk');
  await picture(page, 'desk', 1200);
  await page.goto(`/cabinet/appeals/${number}?set=resolve`);
  await choose(page, 'executor', 'Мельниченко');
  await page.locator('textarea[name=task]').fill('Обстежити ділянку, відремонтувати покриття, підготувати відповідь заявниці.');
  await picture(page, 'resolve', 1100);
  await press(page, 'Передати на виконання');
  await expect(page.locator('body')).toContainText('збережено');
  await page.context().close();
});

test('the executor asks and answers', async ({ browser }) => {
  const page = await personOf(browser, people.executor);
  await page.goto('/cabinet/appeals?set=mine');
  await picture(page, 'executor-queue', 800);
  await page.goto(`/cabinet/appeals/${number}/ask?set=mine`);
  await page.locator('textarea[name=message]').fill('Уточніть, будь ласка: яма на смузі в бік центру чи від центру?');
  await picture(page, 'executor-ask', 950);
  await press(page, 'Надіслати запитання');
  await expect(page.locator('body')).toContainText('На уточненні');

  const author = await personOf(browser, people.resident);
  await author.goto(`/appeals/${number}`);
  await picture(author, 'question', 1250);
  await author.locator('textarea[name=message]').fill('На правій смузі, у бік центру.');
  await author.locator('form', { has: author.locator('textarea[name=message]') }).getByRole('button').last().click();
  await expect(author.locator('main')).toContainText('На правій смузі');
  await author.context().close();

  await page.goto(`/cabinet/appeals/${number}/answer?set=mine`);
  await page.locator('textarea[name=answer]').fill(reply);
  await page.locator('input[name=result]').first().check();
  await picture(page, 'executor-draft', 1250);
  await press(page, 'Передати на підпис');
  await expect(page.locator('body')).toContainText('передано на підпис');
  await page.goto(`/cabinet/appeals/${byPost}/answer`);
  await page.locator('textarea[name=answer]').fill('Шановна Ольго Іванівно!\n\nПросідання навколо люка на вул. Гранітній усунено, покриття відновлено.');
  await page.locator('input[name=result]').first().check();
  await press(page, 'Передати на підпис');
  await expect(page.locator('body')).toContainText('передано на підпис');
  await page.context().close();
});

test('the manager signs, the answer goes out', async ({ browser }) => {
  const page = await personOf(browser, people.manager);
  for (const n of [number, byPost]) {
    await page.goto(`/cabinet/appeals/${n}?set=sign`);
    if (n === number) await picture(page, 'sign', 1350);
    await page.locator('input[name=password]').fill(PASSWORD);
    await press(page, 'Підписати і надіслати');
    await expect(page.locator('input[name=password]')).toHaveCount(0);
  }
  await page.context().close();

  const author = await personOf(browser, people.resident);
  await expect(async () => {
    await author.goto(`/appeals/${number}`);
    await expect(author.getByRole('link', { name: 'Відповідь, PDF' })).toBeVisible({ timeout: 500 });
    await expect(author.locator('main')).toContainText('Відповідь надіслано', { timeout: 500 });
  }).toPass({ timeout: 60_000 });
  const grade = author.locator('form', { has: author.locator('textarea[name=comment]') });
  await picture(author, 'answer', grade);
  await author.setViewportSize({ width: 390, height: 900 });
  await author.reload();
  await picture(author, 'phone', grade);
  await author.context().close();

  const clerk = await personOf(browser, people.specialist);
  await expect(async () => {
    await clerk.goto(`/cabinet/appeals/${byPost}/post?set=post`);
    await expect(clerk.getByRole('button', { name: 'Надруковано й надіслано' })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await picture(clerk, 'post', 1000);
  await clerk.context().close();
});

test('the administrator', async ({ browser }) => {
  const page = await personOf(browser, people.admin);
  await page.goto('/admin/units');
  await picture(page, 'admin-units', 900);
  await page.goto('/admin/people/invite');
  await page.locator('#name').fill('Коваленко Олена Ігорівна');
  await page.locator('#email').fill('kovalenko@example.gov.ua');
  await page.getByLabel('Виконавець').check();
  await picture(page, 'admin-invite', page.locator('main form').last());
  await press(page, 'Надіслати запрошення');
  await expect(page.locator('main')).toContainText('Роль є, а посади немає');
  await picture(page, 'admin-person', 1100);
  await page.goto('/admin');
  await picture(page, 'admin', 860);
  await page.goto('/admin/import');
  await page.locator('select[name=kind]').selectOption('units');
  const csv = 'code,name,parent\nroads,Відділ утримання доріг,\nyard,Дільниця благоустрою,nosuch\n';
  await page.setInputFiles('input[name=file]', { name: 'units.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await page.locator('button[name=do][value=check]').click();
  await expect(page.locator('main')).toContainText('nosuch');
  await picture(page, 'admin-import', 1100);
  await page.goto('/admin/calendar');
  await picture(page, 'admin-calendar', page.locator('main').getByRole('button', { name: 'Створити нову версію' }));
  await page.goto('/admin/trail?op=U');
  await picture(page, 'admin-trail', 1000);
  await page.context().close();
});

test('every picture of the guide was taken, and no other lies there', () => {
  const texts = readdirSync(guide).filter((f) => f.endsWith('.md')).map((f) => join(guide, f));
  const shown = [...texts, join(guide, '../../README.md')].flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/[(/]img\/([\w-]+)\.png\)/g)].map((m) => m[1]!));
  const sorted = (names: string[]) => [...new Set(names)].sort();
  expect(sorted(taken)).toEqual(sorted(shown));
  expect(sorted(readdirSync(join(guide, 'img')).map((f) => f.replace(/\.png$/, '')))).toEqual(sorted(shown));
});
