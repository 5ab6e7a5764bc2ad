import { test, expect, accessible, file, people, personOf } from '../lib';
import { photoWithGPS, tellTales } from '../photo';
import type { Page } from '@playwright/test';

// The other ways through the office, and what two people do at the same time.

test.setTimeout(180_000);

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

test('without a resolution: a unit is assigned, an official of it takes the case, two drafts meet, the resident is content', async ({ browser }) => {
  const author = await personOf(browser, 'resident21@example.org');
  const clerk = await personOf(browser, people.specialist);
  const n = await file(author, { title: 'Вибоїна біля школи', place: 'вул. Київська, 47' });
  const desk = `/cabinet/appeals/${n}`;
  await registered(clerk, n);

  // The unit of the topic is proposed. Nobody is chosen, so the unit will decide.
  await clerk.goto(`${desk}/assign`);
  await expect(clerk.getByLabel('Підрозділ', { exact: true }).locator('option:checked')).toContainText('доріг');
  await clerk.getByLabel('Підрозділ', { exact: true }).selectOption({ label: 'Виберіть' });
  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.getByRole('alert')).toContainText('Виберіть підрозділ');
  await choose(clerk, 'Підрозділ', 'доріг');
  await clerk.getByLabel('Виконавець', { exact: true }).selectOption({ label: 'Вирішить підрозділ' });
  await clerk.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(clerk.locator('body')).toContainText('передано на виконання');
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).toContainText('Відділ утримання доріг');
  await expect(author.locator('main')).toContainText('ще не визначено');

  const executor = await personOf(browser, people.executor);
  await executor.goto(`/cabinet/appeals?set=unit&q=${n}`);
  await executor.getByRole('link', { name: n, exact: true }).click();
  await executor.getByRole('button', { name: 'Узяти в роботу' }).click();
  await expect(executor.locator('body')).toContainText('тепер у вашій роботі');
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).toContainText('Мельниченко');

  // A note is for the office alone.
  await executor.goto(`${desk}/note`);
  await executor.getByRole('textbox', { name: 'Нотатка' }).fill('Підрядник обіцяв приїхати у вівторок');
  await executor.getByRole('button', { name: 'Зберегти нотатку' }).click();
  await executor.goto(`${desk}?tab=thread`);
  await expect(executor.locator('main')).toContainText('обіцяв приїхати у вівторок');
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).not.toContainText('у вівторок');

  // Contacts are covered until they are asked for, and the look is recorded.
  await executor.goto(desk);
  await expect(executor.locator('main')).not.toContainText('resident21@example.org');
  await executor.getByRole('button', { name: 'Показати контакти' }).click();
  await expect(executor.locator('main')).toContainText('resident21@example.org');
  await accessible(executor);

  // Two windows write the draft: the slower one sees both texts and loses nothing.
  const second = await executor.context().newPage();
  await executor.goto(`${desk}/answer`);
  await second.goto(`${desk}/answer`);
  const mine = 'Вибоїну засипано гарячим асфальтом у четвер, рух відновлено по всій ширині дороги.';
  await second.getByLabel('Текст листа').fill('Перший текст, який збережено раніше від іншого, про ту саму вибоїну біля школи.');
  await second.getByRole('button', { name: 'Зберегти проєкт' }).click();
  await expect(second.locator('body')).toContainText('збережено');
  await executor.getByLabel('Текст листа').fill(mine);
  const answer = executor.waitForResponse((r) => r.request().method() === 'POST');
  await executor.getByRole('button', { name: 'Зберегти проєкт' }).click();
  expect((await answer).status()).toBe(409);
  await expect(executor.locator('main')).toContainText('Перший текст, який збережено раніше');
  await expect(executor.getByRole('textbox', { name: 'Ваш текст' })).toHaveValue(mine);
  await accessible(executor);
  await executor.getByRole('radio', { name: 'Вирішено позитивно' }).check();
  await executor.setInputFiles('input[name=files]', { name: 'після.jpg', mimeType: 'image/jpeg', buffer: await photoWithGPS(browser) });
  await executor.getByRole('button', { name: 'Зберегти проєкт' }).click();
  await expect(executor.locator('main')).toContainText('після.jpg');
  await executor.goto(`${desk}/answer`);
  await executor.getByRole('button', { name: 'Передати на підпис' }).click();
  await expect(executor.locator('body')).toContainText('передано на підпис');
  await second.close();

  // The author of the text is refused at every door to the signature.
  expect((await executor.goto(`${desk}/sign`))!.status()).toBe(403);

  const manager = await personOf(browser, people.manager);
  await manager.goto(`${desk}/sign`);
  await manager.getByLabel('Ваш пароль').fill('не той пароль');
  const wrong = manager.waitForResponse((r) => r.request().method() === 'POST');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  expect((await wrong).status()).toBe(422);
  await expect(manager.getByRole('alert')).toBeFocused();
  await expect(manager.getByLabel('Ваш пароль')).toHaveValue('');
  await manager.getByLabel('Ваш пароль').fill('Zhytomyr-2026');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.locator('body')).toContainText('підписано');
  // What is signed stays as it is.
  await manager.goto(`${desk}/return`);
  await expect(manager.getByRole('button', { name: 'Повернути виконавцеві' })).toHaveCount(0);

  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).toContainText('гарячим асфальтом');
  const photo = author.locator('section.answer a[href^="/files/"]', { hasText: 'після.jpg' }).first();
  const served = await author.request.get((await photo.getAttribute('href'))!);
  expect(served.ok()).toBeTruthy();
  expect(tellTales(await served.body())).toEqual([]);

  // «Не вирішено» wants a word of what is left; «Вирішено» does not.
  const rated = author.waitForResponse((r) => r.request().method() === 'POST');
  await author.getByRole('button', { name: 'Не вирішено' }).click();
  expect((await rated).status()).toBe(422);
  await expect(author.getByRole('alert')).toContainText('що лишилося невирішеним');
  await author.getByRole('button', { name: 'Вирішено', exact: true }).click();
  await expect(author.locator('main')).toContainText('Ви оцінили: вирішено');
  await expect(author.getByRole('button', { name: 'Не вирішено' })).toHaveCount(0);
  for (const p of [author, clerk, executor, manager]) await p.context().close();
});

test('a manager sends a case back, another window learns that the state has changed', async ({ browser }) => {
  const author = await personOf(browser, 'resident22@example.org');
  const clerk = await personOf(browser, people.specialist);
  const manager = await personOf(browser, people.manager);
  const n = await file(author, { title: 'Знак затуляють гілки', place: 'вул. Шевченка, 10' });
  const desk = `/cabinet/appeals/${n}`;
  const late = await clerk.context().newPage();
  await late.goto(desk); // stands on the registration form
  await registered(clerk, n);
  await late.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  const again = late.waitForResponse((r) => r.request().method() === 'POST');
  await late.getByRole('button', { name: 'Зареєструвати' }).click();
  expect((await again).status()).toBe(409);
  await expect(late.getByRole('alert')).toContainText('змінився');
  await expect(late.getByRole('alert').getByRole('row', { name: 'Тема' })).toContainText('Яма на дорозі'); // what was chosen is not lost
  await accessible(late);

  await clerk.goto(`${desk}/manager`);
  await choose(clerk, 'Керівник', 'Зразковий');
  await clerk.getByRole('button', { name: 'Передати на резолюцію' }).click();
  await expect(clerk.locator('body')).toContainText('передано керівникові');
  await manager.goto(`${desk}/send-back`);
  await manager.getByLabel('Причина').fill('Це питання озеленення, а не доріг. Просимо змінити тему.');
  await manager.getByRole('button', { name: 'Повернути фахівцеві' }).click();
  await expect(manager.locator('body')).toContainText('повернуто фахівцеві');
  await clerk.goto(`/cabinet/appeals?set=incoming&q=${n}`);
  await expect(clerk.getByRole('link', { name: n, exact: true })).toBeVisible();

  // The history names each move and who made it, and cannot be seen by strangers.
  await clerk.goto(`${desk}?tab=history`);
  for (const words of ['Зареєстровано', 'Передано керівникові', 'Повернуто фахівцеві', 'Зразковий', 'Демченко']) {
    await expect(clerk.locator('main')).toContainText(words);
  }
  const other = await personOf(browser, 'resident23@example.org');
  expect((await other.goto(desk))!.status()).toBe(403);
  for (const p of [author, clerk, manager, other]) await p.context().close();
});
