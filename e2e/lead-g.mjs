import { chromium } from '@playwright/test';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const base = 'http://localhost:9101';
const c = await b.newContext({ locale: 'uk-UA', viewport: { width: 1280, height: 900 } });
const p = await c.newPage();
await p.goto(base + '/sign-in');
await p.fill('#email', (process.argv[2]||'specialist')+'@example.org'); await p.fill('#password', 'Zhytomyr-2026');
await p.click('main form button[type=submit]'); await p.waitForLoadState('load');
await p.goto(base + '/cabinet/petitions');
const hrefs = await p.locator('main a[href^="/cabinet/petitions/"]').evaluateAll(a => [...new Set(a.map(x => x.getAttribute('href').replace(/[?#].*/, '')))]);
console.log(hrefs.join(' '));
for (let n = 1; n < 30; n++) {
  const r = await p.request.get(base + `/cabinet/petitions/${n}/guard`);
  if (r.status() !== 200) { console.log(n, r.status()); continue; }
  await p.goto(base + `/cabinet/petitions/${n}/guard`);
  const t = (await p.locator('main').innerText()).replace(/\s+/g, ' ').slice(0, 300);
  console.log(n, t);
}
await b.close();
