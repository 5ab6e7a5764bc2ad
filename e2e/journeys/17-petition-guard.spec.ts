import { test, expect, accessible, people, personOf } from '../lib';
import type { Page } from '@playwright/test';

// The desk of forged signatures: a night of robots is found by a rule, looked at, taken
// out and taken back. The demonstration has it under a petition on trees.

const forged = 22;

async function standing(page: Page, petition: string): Promise<number> {
  const r = await page.request.get(`/petitions/${petition}/count.json`);
  return ((await r.json()) as { count: number }).count;
}

for (const javaScriptEnabled of [false, true]) {
  test(`forged signatures are tried, taken out and taken back ${javaScriptEnabled ? 'by keyboard' : 'without scripts'}`, async ({ browser, page }) => {
    const clerk = await personOf(browser, people.specialist, { javaScriptEnabled });
    const press = async (name: string | RegExp, role: 'button' | 'link' = 'button') => {
      const it = clerk.getByRole(role, { name }).first();
      if (!javaScriptEnabled) return it.click();
      await it.focus();
      await clerk.keyboard.press('Enter');
    };
    await page.goto('/petitions?q=дерева');
    const address = (await page.getByRole('link', { name: 'Висадити дерева вздовж вулиці Київської' }).getAttribute('href'))!;
    const petition = address.split('/').pop()!;
    const before = await standing(page, petition);

    await clerk.goto(`/cabinet/petitions/${petition}/guard`);
    await expect(clerk.getByText('схожі на підроблені').first()).toBeVisible();
    if (javaScriptEnabled) await accessible(clerk);
    await press(/Спробувати.*Збіг кількох ознак/, 'link');

    // A bound that is no number: the note stays.
    await clerk.getByLabel(/Примітка/).fill('Уночі, з однієї адреси');
    const bound = clerk.locator('main form input[inputmode=numeric], main form input[type=number]').first();
    await bound.fill('багато');
    await press('Показати, що знайде');
    await expect(clerk.getByRole('alert')).toBeVisible();
    await expect(clerk.getByLabel(/Примітка/)).toHaveValue('Уночі, з однієї адреси');
    if (javaScriptEnabled) await accessible(clerk);
    await bound.fill('3');
    await press('Показати, що знайде');

    // A trial changes nothing.
    await expect(clerk.getByRole('heading', { level: 1 })).toHaveText('Проба: що знайде правило');
    await expect(clerk.locator('main')).toContainText(String(forged));
    expect(await standing(page, petition)).toBe(before);
    if (javaScriptEnabled) await accessible(clerk);
    const trial = clerk.url();

    await press(/^Вилучити/);
    await expect(clerk.locator('main')).toContainText('Вилучені підписи');
    await expect.poll(() => standing(page, petition)).toBe(before - forged);
    await page.goto(address);
    await expect(page.locator('main')).toContainText(new RegExp(`вилучено ${forged} підписи.*Збіг кількох ознак`, 's'));
    await expect(page.locator('main')).not.toContainText('Демченко'); // who decided is the city's matter
    await accessible(page);

    // A second press of an old page takes out nothing more.
    const again = await clerk.request.post(trial, { form: { do: 'run' }, headers: { 'Sec-Fetch-Site': 'same-origin' } });
    expect(again.status()).toBe(409);
    expect(await standing(page, petition)).toBe(before - forged);

    await clerk.goto(trial);
    if (javaScriptEnabled) await accessible(clerk);
    await press(/^Повернути|^Скасувати/);
    await expect.poll(() => standing(page, petition)).toBe(before);
    await page.goto(address);
    await expect(page.locator('main')).toContainText(new RegExp(`повернуто ${forged} підписи.*Збіг кількох ознак`, 's'));
    await clerk.context().close();
  });
}
