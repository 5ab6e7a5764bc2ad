import { chromium } from '@playwright/test';
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const base = 'http://localhost:9101';
const list = JSON.parse(process.argv[2]); // [email, path, name, full?]
const ctxs = {};
for (const [email, path, name, full, act] of list) {
  for (const w of [1280, 390]) {
    const key = email + w;
    if (!ctxs[key]) {
      const c = await b.newContext({ locale: 'uk-UA', timezoneId: 'Europe/Kyiv', viewport: { width: w, height: 900 } });
      ctxs[key] = await c.newPage();
      if (email) {
        await ctxs[key].goto(base + '/sign-in');
        await ctxs[key].fill('#email', email + '@example.org'); await ctxs[key].fill('#password', 'Zhytomyr-2026');
        await ctxs[key].click('main form button[type=submit]');
        await ctxs[key].waitForLoadState('load');
      }
    }
    const p = ctxs[key];
    await p.goto(base + path);
    await p.waitForLoadState('load');
    if (act) { await eval(`(async () => { ${act} })()`); }
    await p.screenshot({ path: `/tmp/lead/${name}-${w}.png`, fullPage: !!full });
  }
}
await b.close();
