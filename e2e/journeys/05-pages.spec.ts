import { test, expect, personOf, people, accessible, accessibleHere } from '../lib';
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Every page of every role, at the width of a desk and of a phone: no violation
// of WCAG 2.2 AA, no sideways scroll, no fault in the console. With SCREENS=dir
// each is also kept as a picture.
const widths = [1280, 390];

// Where each role begins. From there the links lead on: of every page of the route
// table the first one that is met is looked at. paths also names pages that no link leads
// to, and those of which one is not enough.
const begin: Record<string, { email?: string; paths: string[]; follow?: string[][] }> = {
  guest: {
    paths: ['/', '/sign-in', '/sign-up', '/sign-up/sent', '/confirm/sent', '/reset', '/reset/sent', '/privacy', '/help', '/accessibility', '/verify', '/verify/ABCD-EFGH-JKLM', '/map', '/no-such-page',
      '/procurement', '/procurement/search', '/procurement/search?kind=tender', '/procurement/search?kind=plan', '/procurement/search?q=немаєтакого', '/procurement/search?min=багато',
      '/procurement/indicators/DASU-3-3', '/procurement/indicators/RISK-1-21', '/procurement/cpv?code=45', '/petitions', '/petitions?q=немаєтакого', '/dev/outbox', '/locate?lat=50.25&lon=28.66', '/procurement/suggest?of=cpv&q=вод',
      '/confirm/used', '/reset/used', '/invite/used', '/petitions/sign/used', '/petitions/unfollow/used', '/procurement/unfollow/used'], // links that are good no more
    follow: [['/procurement/search?kind=tender&q=Придбання', '.ptable .item-title'], ['/procurement/search?kind=plan', '.ptable .item-title']],
  },
  resident: { email: people.resident, paths: ['/appeals', '/appeals/new', '/account', '/account/password', '/account/email', '/account/act-for', '/account/petitions', '/account/purchases', '/petitions/new', '/admin'] },
  specialist: {
    email: people.specialist,
    paths: ['/cabinet', '/cabinet/appeals?set=incoming', '/cabinet/appeals?set=work', '/cabinet/appeals?set=overdue', '/cabinet/appeals?set=done', '/cabinet/appeals?set=all&q=яма', '/cabinet/appeals?set=all&q=немаєтакого', '/cabinet/petitions'],
  },
  executor: { email: people.executor, paths: ['/cabinet/appeals?set=mine', '/cabinet/appeals?set=unit'] },
  manager: { email: people.manager, paths: ['/cabinet/desk', '/cabinet/appeals?set=sign', '/cabinet/appeals?set=resolve', '/cabinet/petitions'] },
  admin: { email: people.admin, paths: ['/admin', '/admin/trail'] },
};

// The route table, as the test of roles keeps it.
const routes = readFileSync(join(import.meta.dirname, '../../internal/app/testdata/routes.golden'), 'utf8')
  .split('\n').filter((l) => l.startsWith('GET ')).map((l) => l.split(/\s+/)[1]!);

// The route that an address belongs to: the one with the fewest parameters.
function routeOf(path: string): string | undefined {
  const parts = path.split('/');
  const fits = routes.filter((r) => {
    const own = r.split('/');
    return own.length === parts.length && own.every((x, i) => x === parts[i] || (x.startsWith(':') && parts[i] !== ''));
  });
  return fits.sort((x, y) => x.split(':').length - y.split(':').length)[0];
}

// Pages that stand only after a deed, or that a link of a letter or another site opens:
// the journeys of those deeds look at them.
const elsewhere = new Set([
  '/account/email/:token', '/confirm/:token', '/invite/:token', '/petitions/sign/:token', '/petitions/unfollow/:token', '/procurement/unfollow/:token',
  '/reset/:token', '/cabinet/petitions/:number/guard/sweeps/:sweep', '/appeals/drafts/:id/:step', '/petitions/drafts/:id', '/dev/outbox/:file', '/files/:id', '/files/:id/thumb', '/procurement/tenders/:number/explain',
  '/cabinet/search', '/cabinet/appeals/:number/next', '/cabinet/appeals/:number/prev', '/cabinet/appeals/:number/contacts', '/cabinet/sets', '/cabinet/sets/:id/drop', '/sign-up/email', // lead on to another page
  '/p/:number', '/oidc/:provider', '/oidc/:provider/callback', '/account/strong/:provider',
]);

const seen = new Set<string>(); // routes that were looked at, or are no pages

const slug = (s: string) => s.replace(/[^a-zA-Z0-9а-яіїєґ]+/g, '-').replace(/^-|-$/g, '') || 'home';

async function look(page: Page, role: string, path: string, width: number) {
  await page.goto(path);
  await page.waitForLoadState('load');
  await judge(page, role, path, width);
}

async function judge(page: Page, role: string, path: string, width: number) {
  await accessibleHere(page, `${path} as ${role} at ${width}`);
  if (process.env.SCREENS) await page.screenshot({ path: `${process.env.SCREENS}/${role}-${slug(path)}-${width}.png`, fullPage: true });
}

// The queue and a case of an office are other pages for each role and in each tray.
const kindOf = (role: string, u: URL, route: string) =>
  /^\/cabinet\/appeals(\/:number)?$/.test(route) ? `${role} ${route} ${u.searchParams.get('tab') ?? u.searchParams.get('set') ?? ''}` : route;

async function walk(page: Page, role: string, paths: string[]) {
  const met = new Set<string>();
  const bad: string[] = []; // one bad page does not hide another
  const under: Record<string, Set<string>> = {}; // addresses that were met, by their route
  const visit = async (path: string) => {
    const u = new URL(path, process.env.PORTAL_URL);
    const route = routeOf(decodeURI(u.pathname));
    const got = await page.request.get(u.href);
    if (route && got.status() === 200) seen.add(route);
    if (!got.headers()['content-type']?.startsWith('text/html') || got.headers()['content-disposition']?.startsWith('attachment')) return [];
    await page.setViewportSize({ width: widths[0]!, height: 900 });
    await page.goto(path);
    await page.waitForLoadState('load');
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      await judge(page, role, path, width).catch((e: Error) => bad.push(e.message));
    }
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((x) => new URL(x.getAttribute('href')!, location.href).href));
    return links.filter((h) => h.startsWith(u.origin)).map((h) => h.slice(u.origin.length).replace(/#.*/, ''));
  };
  const queue = paths.map((path) => ({ path, given: true }));
  for (let next = queue.shift(); next; next = queue.shift()) {
    const u = new URL(next.path, process.env.PORTAL_URL);
    const route = routeOf(decodeURI(u.pathname));
    if (route) {
      (under[route] ??= new Set()).add(u.pathname);
      const kind = kindOf(role, u, route);
      if (!next.given && (met.has(kind) || (seen.has(route) && kind === route))) continue;
      met.add(kind);
    } else if (!next.given) continue;
    queue.push(...(await visit(next.path)).map((path) => ({ path, given: false })));
  }
  // Forms that stand within another page have an address too, and so have pages without a link.
  for (const route of routes.filter((r) => !seen.has(r))) {
    const cut = route.lastIndexOf('/');
    const tries = route.includes(':') ? [...(under[route.slice(0, cut)] ?? [])].slice(0, 40).map((p) => p + route.slice(cut)) : [route];
    if (route.slice(cut).includes(':')) continue;
    for (const path of tries) {
      if ((await page.request.get(path, { maxRedirects: 0 })).status() !== 200) continue;
      await visit(path);
      break;
    }
  }
  expect(bad.join('\n')).toBe('');
}

test.describe.serial('every page', () => {
  for (const [role, set] of Object.entries(begin)) {
    test(`of the ${role}`, async ({ browser, page: guest }) => {
      test.setTimeout(300_000);
      const page = set.email ? await personOf(browser, set.email) : guest;
      const paths = [...set.paths];
      for (const [from, link] of set.follow ?? []) {
        await page.goto(from!);
        paths.push((await page.locator(link!).first().getAttribute('href'))!);
      }
      await walk(page, role, paths);
      if (set.email) await page.context().close();
    });
  }

  test('of the route table was looked at', () => {
    expect(routes.filter((r) => !seen.has(r) && !elsewhere.has(r))).toEqual([]);
  });
});

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
