import { test, expect, personOf, people, accessible, PASSWORD } from '../lib';
import type { Page } from '@playwright/test';

// The card of the first petition in a part of the desk whose title matches.
async function open(page: Page, tab: string, title: RegExp): Promise<string> {
  await page.goto(`/cabinet/petitions?tab=${tab}`);
  await accessible(page);
  await page.locator('table').getByRole('link', { name: title }).click();
  await expect(page.locator('h1')).toHaveText(title);
  return new URL(page.url()).pathname.split('/').pop()!;
}

const reasoned = 'Виконавчий комітет розглянув петицію і вирішив освітити стежку: опори зі світлодіодними ліхтарями буде встановлено до кінця року, стежку посипатимуть узимку.';

test('a petition is checked, announced, answered, signed and carried out', async ({ browser, page }) => {
  test.setTimeout(180_000);
  const clerk = await personOf(browser, people.specialist);

  // The check: taken in hand, a mistake of the return keeps what was typed, then published.
  const fresh = await open(clerk, 'check', /Накриття й лавки/);
  expect((await page.goto(`/petitions/${fresh}`))!.status()).toBe(404);
  await clerk.getByRole('button', { name: 'Взяти в роботу' }).click();
  await accessible(clerk);
  await clerk.locator('#act-return summary').click();
  await clerk.locator('#note').fill('Коротко');
  await clerk.getByRole('button', { name: 'Повернути', exact: true }).click();
  await expect(clerk.locator('.ds-error-summary')).toBeVisible();
  await expect(clerk.locator('#note')).toHaveValue('Коротко');
  await accessible(clerk);
  await clerk.getByRole('button', { name: 'Опублікувати петицію' }).click();
  await expect(clerk.locator('main')).toContainText('збір підписів почався');
  expect((await page.goto(`/petitions/${fresh}`))!.status()).toBe(200);
  await expect(page.locator('main')).toContainText('Збирає підписи');

  // Another one is returned with its ground.
  const other = await open(clerk, 'check', /притулок для тварин/);
  await clerk.getByRole('button', { name: 'Взяти в роботу' }).click();
  await clerk.locator('#act-return summary').click();
  await clerk.locator('#ground').selectOption('essence');
  await clerk.locator('#note').fill('У тексті не сказано, яке саме приміщення і за які кошти: уточніть, що має зробити рада.');
  await clerk.getByRole('button', { name: 'Повернути', exact: true }).click();
  await expect(clerk.locator('main')).toContainText('Не викладено суть звернення');
  expect((await page.goto(`/petitions/${other}`))!.status()).toBe(404);

  // The review is announced; the answer is drafted by one and signed by another.
  const reached = await open(clerk, 'reached', /Освітлення пішохідної стежки/);
  await clerk.getByRole('button', { name: 'Оголосити розгляд' }).click();
  await expect(clerk.locator('main')).toContainText('Строк розгляду');
  await clerk.context().close();

  const executor = await personOf(browser, people.executor);
  await executor.goto(`/cabinet/petitions/${reached}`);
  await executor.getByRole('radio', { name: /^Підтримано Місто/ }).check();
  await executor.locator('#body').fill('Коротко');
  await executor.getByRole('button', { name: 'Подати на підпис' }).click();
  await expect(executor.locator('.ds-error-summary')).toBeVisible();
  await expect(executor.locator('#body')).toHaveValue('Коротко');
  await accessible(executor);
  await executor.locator('#body').fill(reasoned);
  await executor.getByRole('button', { name: 'Подати на підпис' }).click();
  await expect(executor.locator('main')).toContainText('Відповідь на підписі');
  expect((await page.goto(`/petitions/${reached}`))!.status()).toBe(200);
  await expect(page.locator('main')).not.toContainText('світлодіодними ліхтарями буде встановлено до кінця року'); // no draft is shown

  const manager = await personOf(browser, people.manager);
  await manager.goto(`/cabinet/petitions/${reached}`);
  await accessible(manager);
  await manager.locator('#password').fill('not the password');
  await manager.getByRole('button', { name: 'Підписати й опублікувати' }).click();
  await expect(manager.locator('.ds-error-summary')).toBeVisible();
  await expect(manager.locator('#password')).toHaveValue('');
  await manager.locator('#password').fill(PASSWORD);
  await manager.getByRole('button', { name: 'Підписати й опублікувати' }).click();
  await expect(manager.locator('main')).toContainText('Рішення: підтримано');
  await manager.context().close();

  await expect(async () => {
    await page.goto(`/petitions/${reached}`);
    await expect(page.locator('main')).toContainText('Рішення: підтримано', { timeout: 1000 });
  }).toPass({ timeout: 15_000 });
  await expect(page.locator('main')).toContainText('світлодіодними ліхтарями буде встановлено');
  await accessible(page);

  // What was promised is followed in the open.
  await executor.goto(`/cabinet/petitions/${reached}`);
  await executor.locator('#act-steps #title').fill('Замовлено проєкт освітлення');
  await executor.locator('#act-steps').getByRole('button', { name: 'Зберегти' }).click();
  await expect(executor.locator('#act-steps')).toContainText('Замовлено проєкт освітлення');
  await executor.getByRole('button', { name: 'Позначити виконаною' }).click();
  await expect(executor.locator('.ds-error-summary')).toContainText('Ще не виконано');
  await accessible(executor);
  await executor.context().close();
});

test('the desk is for the staff', async ({ browser, page }) => {
  await page.goto('/cabinet/petitions');
  await expect(page).toHaveURL(/sign-in/);
  const resident = await personOf(browser, people.resident);
  expect((await resident.goto('/cabinet/petitions'))!.status()).toBe(403);
  await resident.context().close();
});
