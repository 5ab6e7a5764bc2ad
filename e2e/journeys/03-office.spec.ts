import { test, expect, file, personOf, people, letterTo, accessible, photoWithPlace } from '../lib';
import { execFileSync } from 'node:child_process';
import { writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const answer = 'Ваше звернення розглянуто. Яму на проїжджій частині відремонтовано, покриття відновлено на площі чотирьох квадратних метрів. Гарантія — два роки.';

test.setTimeout(240_000);

test('an appeal goes its whole way: registered, resolved, asked, answered, returned, signed, rated', async ({ browser }) => {
  const author = await personOf(browser, people.resident);
  const clerk = await personOf(browser, people.specialist);
  const manager = await personOf(browser, people.manager);
  const executor = await personOf(browser, people.executor);
  const n = await file(author, { title: 'Яма біля ринку', place: 'вул. Київська, 20' });
  const url = `/cabinet/appeals/${n}`;

  // 4. The specialist finds it in the queue, registers it and sends it to the manager.
  await clerk.goto('/cabinet/appeals?set=incoming&q=' + n);
  await clerk.locator('a.no', { hasText: n }).click();
  await clerk.getByLabel('Тема').selectOption({ label: 'Яма на дорозі' });
  await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
  await expect(clerk.locator('body')).toContainText(`Звернення № ${n} зареєстровано`);
  await expect(clerk.locator('main')).toContainText(/-\d+\/20\d\d/);
  // Another procedure: on a ground only, which the resident reads with the new term.
  await clerk.goto(url + '/reclassify');
  await clerk.getByLabel('Порядок розгляду', { exact: true }).selectOption('appeal-simple');
  await clerk.getByRole('button', { name: 'Перекваліфікувати' }).click();
  await expect(clerk.getByRole('alert')).toBeVisible();
  await expect(clerk.getByLabel('Порядок розгляду', { exact: true })).toHaveValue('appeal-simple');
  await accessible(clerk);
  await clerk.getByLabel('Підстава', { exact: true }).fill('Яму видно на фото, додаткове вивчення не потрібне.');
  await clerk.getByRole('button', { name: 'Перекваліфікувати' }).click();
  await expect(clerk.locator('body')).toContainText(`Порядок розгляду звернення № ${n} змінено`);
  await letterTo(author, people.resident, new RegExp(`Порядок розгляду звернення № ${n}`));
  await expect(author.locator('body')).toContainText('додаткове вивчення не потрібне');
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('section[aria-labelledby=term]')).toContainText('Стало: Звернення без додаткового вивчення, 15 днів');
  await accessible(author);
  await clerk.goto(url + '/manager');
  await clerk.getByLabel(/Керівник|Кому/).first().selectOption({ label: await option(clerk, 'manager', 'Зразковий') });
  await clerk.getByRole('button', { name: 'Передати на резолюцію' }).click();
  await expect(clerk.locator('body')).toContainText('передано керівникові');

  // 5. The manager writes the resolution; vague words are no task.
  await manager.goto('/cabinet/appeals?set=resolve');
  await manager.locator('a.no', { hasText: n }).click();
  await manager.locator('select[name=executor]').selectOption({ label: await option(manager, 'executor', 'Мельниченко') });
  await manager.locator('textarea[name=task]').fill('Прискорити');
  await manager.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(manager.getByRole('alert')).toBeVisible();
  await expect(manager.locator('textarea[name=task]')).toHaveValue('Прискорити');
  await accessible(manager);
  await manager.locator('textarea[name=task]').fill('Обстежити ділянку, відремонтувати покриття, підготувати відповідь заявниці.');
  await manager.getByRole('button', { name: 'Передати на виконання' }).click();
  await expect(manager.locator('body')).toContainText('збережено');

  // The resident sees who works on it.
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).toContainText('Мельниченко');

  // The executor asks; the resident answers in the thread.
  await executor.goto('/cabinet/appeals?set=mine&q=' + n);
  await executor.locator('a.no', { hasText: n }).click();
  await executor.goto(url + '/ask');
  await executor.locator('textarea[name=message]').fill('На якій смузі руху яма?');
  await executor.getByRole('button', { name: 'Надіслати запитання' }).click();
  await letterTo(author, people.resident, /Уточнення/);
  await author.goto(`/appeals/${n}`);
  await author.locator('textarea[name=message]').fill('На правій смузі, у бік центру.');
  await author.locator('form', { has: author.locator('textarea[name=message]') }).getByRole('button').last().click();
  await expect(author.locator('main')).toContainText('На правій смузі');

  // The draft: from a template, with a file, submitted.
  await executor.goto(url + '/answer');
  await expect(executor.locator('textarea[name=answer]')).toBeVisible();
  const templates = executor.locator('select[name=template]');
  await templates.selectOption({ index: 1 });
  await executor.getByRole('button', { name: /шаблон/i }).click();
  await expect(executor.locator('textarea[name=answer]')).not.toBeEmpty();
  await executor.locator('textarea[name=answer]').fill(answer);
  await executor.locator('input[name=result]').first().check();
  await executor.setInputFiles('input[name=files]', { name: 'після ремонту.jpg', mimeType: 'image/jpeg', buffer: photoWithPlace() });
  await executor.getByRole('button', { name: 'Зберегти проєкт' }).click();
  await expect(executor.locator('body')).toContainText('після ремонту.jpg');
  await accessible(executor);
  await executor.goto(url + '/answer');
  await executor.getByRole('button', { name: 'Передати на підпис' }).click();
  await expect(executor.locator('body')).toContainText('передано на підпис');

  // 6. The author of the draft cannot sign; the manager returns it with remarks.
  expect((await executor.goto(url + '/sign'))!.status()).toBe(403);
  await manager.goto(url + '/return');
  await manager.locator('textarea[name=remarks]').fill('Додайте, коли завершено роботи.');
  await manager.getByRole('button', { name: 'Повернути виконавцеві' }).click();
  await executor.goto(url + '/answer');
  await expect(executor.locator('main')).toContainText('Додайте, коли завершено роботи.');
  await executor.locator('textarea[name=answer]').fill(answer + ' Роботи завершено сьогодні.');
  await executor.getByRole('button', { name: 'Передати на підпис' }).click();

  // A wrong password signs nothing; the right one does.
  await manager.goto('/cabinet/appeals?set=sign&q=' + n);
  await manager.locator('a.no', { hasText: n }).click();
  await manager.goto(url + '/sign');
  await expect(manager.locator('main')).toContainText('Роботи завершено сьогодні');
  await accessible(manager);
  await manager.locator('input[name=password]').fill('не той пароль');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.getByRole('alert')).toBeVisible();
  await manager.locator('input[name=password]').fill('Zhytomyr-2026');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.getByRole('alert')).toHaveCount(0);

  // The answer goes out: on the page, by letter, as PDF, and a code confirms it.
  await letterTo(author, people.resident, new RegExp(`Відповідь на звернення № ${n}`));
  await expect(author.locator('body')).toContainText('.pdf');
  await author.goto(`/appeals/${n}`);
  await expect(author.locator('main')).toContainText('Роботи завершено сьогодні');
  await expect(author.locator('main')).toContainText('Зразковий');
  await accessible(author);
  const pdf = await author.request.get(`/appeals/${n}/answer.pdf`);
  const body = await pdf.body();
  expect(body.subarray(0, 5).toString()).toBe('%PDF-');
  const path = join(mkdtempSync(join(tmpdir(), 'pdf-')), 'a.pdf');
  writeFileSync(path, body);
  let text = '';
  try { text = execFileSync('pdftotext', [path, '-']).toString(); } catch { /* not on this machine */ }
  if (text) {
    expect(text).toContain('покриття');
    expect(text).toContain('Зразковий');
  }
  const code = (await author.locator('main').innerText()).match(/[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}/)?.[0]
    ?? (await author.locator('a[href^="/verify/"]').first().getAttribute('href'))!.split('/').pop()!;
  const stranger = await (await browser.newContext({ baseURL: process.env.PORTAL_URL!, locale: 'uk-UA' })).newPage();
  await stranger.goto(`/verify/${code}`);
  await expect(stranger.locator('main')).toContainText('Зразковий');
  await expect(stranger.locator('main')).not.toContainText('чотирьох квадратних метрів');
  await accessible(stranger);
  expect((await stranger.goto('/verify/AAAA-AAAA-AAAA'))!.status()).toBe(404);

  // 7. «Не вирішено» returns to the manager's queue.
  await author.locator('textarea[name=comment]').fill('Яма знову з’явилася після дощу.');
  await author.getByRole('button', { name: 'Не вирішено' }).click();
  await expect(author.locator('main')).toContainText('Відкрито повторно');
  await manager.goto('/cabinet/appeals?set=resolve&q=' + n);
  await expect(manager.locator('a.no', { hasText: n })).toBeVisible();
  for (const p of [author, clerk, manager, executor, stranger]) await p.context().close();
});

async function option(page: import('@playwright/test').Page, name: string, part: string): Promise<string> {
  const labels = await page.locator(`select[name=${name}] option`).allInnerTexts();
  const found = labels.find((l) => l.includes(part));
  expect(found, `${part} among ${labels.join('; ')}`).toBeTruthy();
  return found!;
}
