import { test, expect, personOf, people, accessible } from '../lib';
import type { Page } from '@playwright/test';

// Every page of every role, at the width of a desk and of a phone: no violation
// of WCAG 2.2 AA, no sideways scroll, no fault in the console. With SCREENS=dir
// each is also kept as a picture.
const widths = [1280, 390];

const pages: Record<string, { email?: string; paths: string[]; follow?: string[][] }> = {
  guest: {
    paths: ['/', '/sign-in', '/sign-up', '/sign-up/sent', '/reset', '/reset/sent', '/privacy', '/help', '/accessibility', '/verify', '/verify/ABCD-EFGH-JKLM', '/map', '/no-such-page',
      '/procurement', '/procurement/search', '/procurement/search?kind=tender', '/procurement/search?kind=plan', '/procurement/search?q=немаєтакого', '/procurement/search?min=багато',
      '/procurement/buyers', '/procurement/indicators', '/procurement/indicators/DASU-3-3', '/procurement/indicators/RISK-1-21', '/procurement/cpv', '/procurement/cpv?code=45'],
    follow: [
      ['/procurement/search', '.ptable .item-title'], ['/procurement/search?kind=tender&q=Придбання', '.ptable .item-title'], ['/procurement/search?kind=plan', '.ptable .item-title'],
      ['/procurement/search', '.ptable a.quiet'], ['/procurement', 'a[href^="/procurement/suppliers/"]'],
    ],
  },
  resident: {
    email: people.resident,
    paths: ['/appeals', '/appeals/new', '/account', '/account/password', '/account/email', '/account/sessions', '/account/act-for', '/admin'],
    follow: [['/appeals', 'main a[href^="/appeals/20"]']],
  },
  specialist: {
    email: people.specialist,
    paths: ['/cabinet/appeals?set=incoming', '/cabinet/appeals?set=work', '/cabinet/appeals?set=overdue', '/cabinet/appeals?set=done', '/cabinet/appeals?set=all&q=яма', '/cabinet/appeals?set=all&q=немаєтакого'],
    follow: [['/cabinet/appeals?set=incoming', 'a.no'], ['/cabinet/appeals?set=done', 'a.no']],
  },
  executor: {
    email: people.executor,
    paths: ['/cabinet/appeals?set=mine', '/cabinet/appeals?set=unit'],
    follow: [['/cabinet/appeals?set=mine', 'a.no']],
  },
  manager: {
    email: people.manager,
    paths: ['/cabinet/desk', '/cabinet/appeals?set=sign', '/cabinet/appeals?set=resolve'],
    follow: [['/cabinet/appeals?set=sign', 'a.no'], ['/cabinet/appeals?set=resolve', 'a.no']],
  },
  admin: {
    email: people.admin,
    paths: ['/admin', '/admin/people', '/admin/people/invite', '/admin/people/1', '/admin/units', '/admin/units/new', '/admin/units/1', '/admin/posts', '/admin/posts/1', '/admin/topics', '/admin/topics/1',
      '/admin/streets', '/admin/streets/1', '/admin/districts', '/admin/districts/1', '/admin/calendar', '/admin/templates', '/admin/templates/1', '/admin/import', '/admin/trail'],
  },
};

const slug = (s: string) => s.replace(/[^a-zA-Z0-9а-яіїєґ]+/g, '-').replace(/^-|-$/g, '') || 'home';

async function look(page: Page, role: string, path: string, width: number) {
  await page.goto(path);
  await page.waitForLoadState('load');
  await accessible(page, `${path} as ${role} at ${width}`);
  if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS}/${role}-${slug(path)}-${width}.png`, fullPage: true });
}

for (const [role, set] of Object.entries(pages)) {
  for (const width of widths) {
    test(`${role} at ${width}`, async ({ browser, page: guest }) => {
      test.setTimeout(240_000);
      const page = set.email ? await personOf(browser, set.email) : guest;
      await page.setViewportSize({ width, height: 900 });
      for (const path of set.paths) await look(page, role, path, width);
      for (const [from, link] of set.follow ?? []) {
        await page.goto(from);
        const href = await page.locator(link).first().getAttribute('href');
        await look(page, role, href!, width);
      }
      if (set.email) await page.context().close();
    });
  }
}

test('the home page shows what gathers signatures and what the city buys', async ({ page }) => {
  await page.goto('/');
  const petitions = page.getByRole('region', { name: 'Петиції, що збирають підписи' });
  await expect(petitions.getByRole('article')).toHaveCount(3);
  await petitions.getByRole('article').first().getByRole('link').click();
  await expect(page).toHaveURL(/\/petitions\/\d+$/);
  await page.goto('/');
  await page.getByRole('region', { name: 'Закупівлі міста' }).getByRole('link', { name: 'Переглянути закупівлі' }).click();
  await expect(page).toHaveURL(/\/procurement$/);
});

test('the same in English', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'English' }).first().click();
  for (const path of ['/', '/sign-up', '/help', '/map', '/verify', '/procurement', '/procurement/search', '/procurement/buyers', '/procurement/indicators', '/procurement/indicators/DASU-3-3', '/procurement/cpv']) {
    await page.goto(path);
    await expect(page.locator('html')).toHaveAttribute('lang', 'en');
    const words = await page.locator('main h1').innerText();
    expect(words).not.toMatch(/[а-яіїєґ]/i);
    await accessible(page, `${path} in English`);
  }
});

test.describe('in the dark', () => {
  test.use({ colorScheme: 'dark' });

  test('the same pages keep their contrast', async ({ page, browser }) => {
    test.setTimeout(180_000);
    for (const path of ['/', '/sign-in', '/help', '/map', '/verify', '/no-such-page', '/procurement', '/procurement/search', '/procurement/indicators']) await look(page, 'dark', path, 1280);
    await page.goto('/procurement/search');
    await look(page, 'dark', (await page.locator('.ptable .item-title').first().getAttribute('href'))!, 1280);
    for (const [email, from, link] of [
      [people.resident, '/appeals', 'main a[href^="/appeals/20"]'],
      [people.specialist, '/cabinet/appeals?set=incoming', 'a.no'],
      [people.manager, '/cabinet/desk', 'a[href^="/cabinet/appeals/20"]'],
      [people.admin, '/admin', 'a[href="/admin/people"]'],
    ] as const) {
      const own = await personOf(browser, email, { colorScheme: 'dark' });
      await look(own, 'dark', from, 1280);
      const href = await own.locator(link).first().getAttribute('href');
      await look(own, 'dark', href!, 1280);
      await own.context().close();
    }
  });
});
