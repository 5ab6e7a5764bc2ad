import { test, expect, accessible, file, people, personOf } from '../lib';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';

// The queue as a tool: several at once, kept filters, a list to take along.

test.setTimeout(240_000);

async function registered(clerk: Page, n: string) {
  await clerk.goto(`/cabinet/appeals/${n}`);
  await clerk.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
  await expect(clerk.locator('body')).toContainText(`Звернення № ${n} зареєстровано`);
}

async function choose(page: Page, label: string, part: string) {
  const select = page.getByLabel(label, { exact: true });
  const option = (await select.locator('option').allInnerTexts()).find((t) => t.includes(part));
  expect(option, `${part} in ${label}`).toBeTruthy();
  await select.selectOption({ label: option! });
}

test('several are assigned at once, each answers for itself; a filter is kept; the list goes into a file', async ({ browser }) => {
  const author = await personOf(browser, 'resident18@example.org');
  const clerk = await personOf(browser, people.specialist);
  const numbers = [];
  for (const place of ['вул. Гранітна, 1', 'вул. Гранітна, 2', 'вул. Гранітна, 3']) numbers.push(await file(author, { title: 'Просідання навколо люка', place }));
  const [one, two, fresh] = numbers as [string, string, string];
  await registered(clerk, one);
  await registered(clerk, two);

  // From case to case within the filter, by keys and by the arrows; past the end, back to it.
  await clerk.goto('/cabinet/appeals?set=incoming&q=просідання');
  await clerk.getByRole('link', { name: one, exact: true }).click();
  await clerk.locator('body').press('j');
  await expect(clerk).toHaveURL(new RegExp(`/cabinet/appeals/${two}\\?`));
  await clerk.locator('body').press('k');
  await expect(clerk).toHaveURL(new RegExp(`/cabinet/appeals/${one}\\?`));
  for (const n of [two, fresh]) {
    await clerk.getByRole('link', { name: 'Наступне в черзі' }).click();
    await expect(clerk.locator('.case-head')).toContainText(n);
  }
  await clerk.getByRole('link', { name: 'Наступне в черзі' }).click();
  await expect(clerk.locator('body')).toContainText('Це було останнє в черзі');
  await expect(clerk.getByLabel(`Вибрати № ${one}`)).toBeVisible();

  // Nothing is chosen: no bar. A row that is chosen shows it and counts.
  await clerk.goto('/cabinet/appeals?set=incoming&q=просідання');
  const bar = clerk.getByRole('region', { name: 'Дії з вибраними' });
  await expect(bar).toBeHidden();
  await clerk.getByLabel(`Вибрати № ${one}`).check();
  await expect(bar).toContainText('Вибрано 1');
  // By keyboard: the next row down, chosen by X, then the act by A.
  await clerk.locator('body').press('j');
  await clerk.locator('body').press('j');
  await clerk.locator('body').press('j');
  await expect(clerk.locator('tr[data-cur]')).toContainText(fresh);
  await clerk.locator('body').press('x');
  await clerk.getByLabel(`Вибрати № ${two}`).check();
  await expect(bar).toContainText('Вибрано 3');
  await accessible(clerk);
  await clerk.locator('body').press('a');
  await expect(clerk).toHaveURL(/\/cabinet\/bulk\/assign/);
  await expect(clerk.getByRole('heading', { name: 'Підуть: 2 звернення' })).toBeVisible();
  await expect(clerk.locator('section[aria-labelledby=stay-h]')).toContainText(fresh);
  await expect(clerk.locator('section[aria-labelledby=stay-h]')).toContainText('Спершу зареєструйте');
  await accessible(clerk);

  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.getByRole('alert')).toContainText('Виберіть підрозділ');
  await accessible(clerk);
  // A colleague is quicker with one of them: it stays his, the other goes.
  const other = await clerk.context().newPage();
  await other.goto(`/cabinet/appeals/${two}/assign`);
  await choose(other, 'Підрозділ', 'доріг');
  await choose(other, 'Виконавець', 'Литвинюк');
  await other.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(other.locator('body')).toContainText('передано на виконання');
  await choose(clerk, 'Підрозділ', 'доріг');
  await choose(clerk, 'Виконавець', 'Мельниченко');
  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.getByRole('alert')).toContainText('Зроблено 1 з 2');
  await expect(clerk.getByRole('alert')).toBeFocused();
  await expect(clerk.locator('section[aria-labelledby=left-h]')).toContainText(two);
  await accessible(clerk);
  await other.goto(`/cabinet/appeals/${two}`);
  await expect(other.locator('main')).toContainText('Литвинюк');
  await expect(other.locator('main')).not.toContainText('Мельниченко');
  await other.close();
  await clerk.getByRole('link', { name: 'Спробувати ще раз' }).click();
  await choose(clerk, 'Підрозділ', 'доріг');
  await choose(clerk, 'Виконавець', 'Мельниченко');
  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.locator('body')).toContainText('Передано на виконання звернень: 1');

  // Back in the queue that it began with, which is kept under a name.
  await expect(clerk).toHaveURL(/set=incoming&q=/);
  await clerk.getByText('Зберегти добірку').click();
  await clerk.getByLabel('Назва добірки').fill('Люки');
  await clerk.getByRole('button', { name: 'Зберегти' }).click();
  await expect(clerk.getByRole('navigation', { name: 'Добірки' }).getByRole('link', { name: 'Люки' })).toHaveAttribute('aria-current', 'page');
  await accessible(clerk);

  // The file names the appeals and not the people.
  const [download] = await Promise.all([clerk.waitForEvent('download'), clerk.locator('.page-bar').getByRole('link', { name: 'Вивантажити' }).click()]);
  const table = readFileSync(await download.path(), 'utf8');
  expect(table).toContain(fresh);
  expect(table).toContain('вул. Гранітна, 3');
  expect(table).not.toContain('@example.org');
  await clerk.getByRole('button', { name: 'Прибрати добірку' }).click();
  await expect(clerk.getByRole('navigation', { name: 'Добірки' })).not.toContainText('Люки');
});

test('without a script and on a phone: the list comes first, and several go to a manager', async ({ browser }) => {
  const author = await personOf(browser, 'resident19@example.org');
  const n = await file(author, { title: 'Затоплює перехід щодощу', place: 'вул. Покровська, 8' });
  const clerk = await personOf(browser, people.specialist);
  await registered(clerk, n);

  const bare = await personOf(browser, people.specialist, { javaScriptEnabled: false, viewport: { width: 390, height: 844 } });
  await bare.goto('/cabinet/appeals?set=incoming&q=щодощу');
  await expect(bare.locator('.q-filter')).toBeHidden();
  await expect(bare.getByRole('link', { name: n, exact: true })).toBeInViewport();
  await bare.getByText('Фільтри').click();
  await expect(bare.getByLabel('Район')).toBeVisible();
  await bare.getByLabel(`Вибрати № ${n}`).check();
  await bare.getByRole('button', { name: 'Передати керівникові' }).click();
  await choose(bare, 'Керівник', 'Зразковий');
  await bare.getByRole('button', { name: 'Передати керівникові' }).click();
  await expect(bare.locator('body')).toContainText('Передано керівникові звернень: 1');

  // Sent once more it changes nothing and says so of itself.
  await bare.goBack();
  await choose(bare, 'Керівник', 'Зразковий');
  await bare.getByRole('button', { name: 'Передати керівникові' }).click();
  await expect(bare.locator('body')).toContainText('Передано керівникові звернень: 1');
  await bare.goto(`/cabinet/appeals/${n}?tab=history`);
  await expect(bare.locator('main').getByText('Передано керівникові', { exact: false })).toHaveCount(1);

  // The same at a phone with the script: nothing scrolls sideways, nothing is out of reach.
  const phone = await personOf(browser, people.specialist, { viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
  await phone.goto('/cabinet/appeals?set=all');
  await phone.locator('tbody input[name=id]').first().check();
  await accessible(phone);
  await phone.getByRole('button', { name: 'Надрукувати' }).click();
  await expect(phone.locator('article.sheet')).toHaveCount(1);
  await accessible(phone);
});

test('a word without an end pushes nothing off the page', async ({ browser }) => {
  const author = await personOf(browser, 'resident21@example.org');
  const clerk = await personOf(browser, people.specialist);
  const word = 'щ'.repeat(140);
  const n = await file(author, { title: word, body: `Прошу переглянути https://example.org/${'a'.repeat(300)} і відповісти.\n\nДругий абзац звичайного тексту, який має переноситися за словами.`, place: `вул. Гранітна, 4 ${word}` });
  for (const width of [390, 1280]) {
    for (const page of [author, clerk]) await page.setViewportSize({ width, height: 900 });
    for (const [page, path, texts] of [
      [author, `/appeals/${n}`, '.meta, .msg p'], [author, '/appeals', 'td'],
      [clerk, `/cabinet/appeals?set=incoming&q=${n}`, 'td'], [clerk, `/cabinet/appeals/${n}`, '.letter p'],
    ] as const) {
      await page.goto(path);
      const cut = await page.locator('main').evaluate((main, texts) => [...main.querySelectorAll(texts)].filter((e) => {
        const card = (e.closest('.ds-card') ?? main).getBoundingClientRect();
        return e.getBoundingClientRect().right > Math.min(card.right, innerWidth) + 1;
      }).map((e) => e.textContent!.trim().slice(0, 40)), texts);
      expect(cut, `${path} at ${width}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${path} at ${width}`).toBeLessThanOrEqual(0);
    }
  }
});
