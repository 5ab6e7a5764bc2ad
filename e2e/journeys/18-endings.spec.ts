import { test, expect, file, personOf, people, letterTo, accessible } from '../lib';

test.setTimeout(180_000);

const highway = 'Служба відновлення та розвитку інфраструктури у Житомирській області';

for (const js of [true, false]) {
  test(`an appeal that is another body’s is forwarded${js ? '' : ' without JavaScript'}`, async ({ browser }) => {
    const options = { javaScriptEnabled: js };
    const author = await personOf(browser, people.resident, options);
    const clerk = await personOf(browser, people.specialist, options);
    const manager = await personOf(browser, people.manager, options);
    const n = await file(author, { title: js ? 'Ями на трасі державного значення' : 'Ями на об’їзній дорозі' });
    const url = `/cabinet/appeals/${n}`;
    const check = async (page: typeof clerk) => { if (js) await accessible(page); };

    await clerk.goto(url);
    await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
    await expect(clerk.locator('main')).toContainText('переслати за належністю — до');
    await clerk.getByRole('link', { name: 'Переслати за належністю' }).click();
    await check(clerk);

    // What is missing is said beside its field, and nothing that was typed is lost.
    await clerk.locator('textarea[name=text]').fill('Ця дорога державного значення, її утримує обласна служба.');
    await clerk.getByRole('button', { name: 'Передати на підпис' }).click();
    await expect(clerk.getByRole('alert')).toBeVisible();
    await expect(clerk.locator('textarea[name=text]')).toHaveValue(/утримує обласна служба/);
    await check(clerk);
    await clerk.getByLabel('Якому органові').fill(highway);
    await clerk.getByRole('button', { name: 'Зберегти проєкт' }).click();
    await expect(clerk.locator('body')).toContainText('Проєкт листа збережено');
    await expect(clerk.getByLabel('Якому органові')).toHaveValue(highway);
    const who = (await clerk.locator('select[name=manager] option').allInnerTexts()).find((o) => o.includes('Зразковий'))!;
    await clerk.getByLabel('Хто підпише').selectOption({ label: who });
    await clerk.getByRole('button', { name: 'Передати на підпис' }).click();
    await expect(clerk.locator('body')).toContainText('передано на підпис');
    // Its author may not sign, and the applicant reads nothing of it yet.
    expect((await clerk.goto(url + '/sign'))!.status()).toBe(403);
    await author.goto(`/appeals/${n}`);
    await expect(author.locator('main')).not.toContainText(highway);

    await manager.goto('/cabinet/appeals?set=sign&q=' + n);
    await manager.locator('a.no', { hasText: n }).click();
    await expect(manager.locator('main')).toContainText(`Про пересилання звернення № ${n} за належністю`);
    await expect(manager.locator('main')).toContainText('частина третя статті 7');
    await check(manager);
    await manager.locator('input[name=password]').fill('Zhytomyr-2026');
    await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
    await expect(manager.getByRole('alert')).toHaveCount(0);

    // The applicant: a letter with the paper, and a page that says where it went and why.
    await letterTo(author, people.resident, new RegExp(`Звернення № ${n} переслано за належністю`));
    await expect(author.locator('body')).toContainText(highway);
    await expect(author.locator('body')).toContainText('.pdf');
    await author.goto(`/appeals/${n}`);
    await expect(author.getByRole('heading', { name: `Переслано: ${highway}` })).toBeVisible();
    await expect(author.locator('main')).toContainText('Строк розгляду почнеться з дня, коли він отримає звернення');
    await expect(author.locator('main')).toContainText('готуємо до надсилання');
    await expect(author.getByRole('button', { name: 'Не вирішено' })).toHaveCount(0);
    await check(author);
    expect((await (await author.request.get(`/appeals/${n}/answer.pdf`)).body()).subarray(0, 5).toString()).toBe('%PDF-');
    await author.getByRole('link', { name: 'Перевірити підпис' }).click();
    await expect(author.locator('main')).toContainText('Переслано за належністю');
    await expect(author.locator('main')).not.toContainText(highway);

    // The papers go on to the body.
    await clerk.goto('/cabinet/appeals?set=post&q=' + n);
    await clerk.locator('a.no', { hasText: n }).click();
    await expect(clerk.getByRole('heading', { name: 'Надіслати належному органові' })).toBeVisible();
    await check(clerk);
    await clerk.getByLabel('Як надіслано').selectOption('exchange');
    await clerk.getByRole('button', { name: 'Надіслано', exact: true }).click();
    await expect(clerk.locator('body')).toContainText('надіслано належному органові');
    await clerk.goto('/cabinet/appeals?set=post&q=' + n);
    await expect(clerk.locator('a.no', { hasText: n })).toHaveCount(0);
    await author.goto(`/appeals/${n}`);
    await expect(author.locator('main')).not.toContainText('готуємо до надсилання');
    for (const p of [author, clerk, manager]) await p.context().close();
  });
}

test('what was returned with an explanation is completed in the thread', async ({ browser }) => {
  const author = await personOf(browser, people.resident, { javaScriptEnabled: false });
  const clerk = await personOf(browser, people.specialist);
  const manager = await personOf(browser, people.manager);
  const n = await file(author, { title: 'Яма десь у дворі' });
  const url = `/cabinet/appeals/${n}`;
  await clerk.goto(url);
  await clerk.getByRole('button', { name: 'Зареєструвати' }).click();
  await clerk.goto(url + '/give-back');
  await accessible(clerk);
  await clerk.getByRole('radio', { name: /Бракує даних/ }).check();
  await clerk.locator('textarea[name=text]').fill('Напишіть, у якому саме дворі яма: без адреси її не знайти.');
  const who = (await clerk.locator('select[name=manager] option').allInnerTexts()).find((o) => o.includes('Зразковий'))!;
  await clerk.getByLabel('Хто підпише').selectOption({ label: who });
  await clerk.getByRole('button', { name: 'Передати на підпис' }).click();
  await expect(clerk.locator('body')).toContainText('передано на підпис');
  await manager.goto(url + '/sign');
  await manager.locator('input[name=password]').fill('Zhytomyr-2026');
  await manager.getByRole('button', { name: 'Підписати і надіслати' }).click();
  await expect(manager.locator('main')).toContainText('Повернуто з роз’ясненням');

  await letterTo(author, people.resident, new RegExp(`Звернення № ${n} повернуто`));
  await author.goto(`/appeals/${n}`);
  await expect(author.getByRole('link', { name: 'Дописати' })).toHaveAttribute('href', '#thread');
  await author.locator('textarea[name=message]').fill('Двір будинку на вул. Київській, 20.');
  await author.getByRole('button', { name: 'Надіслати' }).click();
  await expect(author.locator('main')).toContainText('Зареєстровано');
  await expect(author.getByRole('link', { name: 'Дописати' })).toHaveCount(0);
  await clerk.goto('/cabinet/appeals?set=incoming&q=' + n);
  await clerk.locator('a.no', { hasText: n }).click();
  await expect(clerk.getByRole('heading', { name: 'Призначити виконавця' })).toBeVisible();
  for (const p of [author, clerk, manager]) await p.context().close();
});

test('what an answer promised stays under control until it is proved', async ({ browser }) => {
  const clerk = await personOf(browser, people.specialist);
  await clerk.goto('/cabinet/appeals?set=done&state=answered');
  const n = (await clerk.locator('a.no').first().innerText()).trim().replace(/^№\s*/, '');
  const url = `/cabinet/appeals/${n}`;
  await clerk.goto(url + '/promise');
  await clerk.getByLabel('Що обіцяно').fill('Заасфальтувати двір після прокладання мереж.');
  await clerk.getByRole('button', { name: 'Взяти на контроль' }).click();
  await expect(clerk.getByRole('alert')).toBeVisible();
  await expect(clerk.getByLabel('Що обіцяно')).toHaveValue(/Заасфальтувати/);
  await accessible(clerk);
  const until = new Date(Date.now() + 60 * 864e5).toISOString().slice(0, 10);
  await clerk.getByLabel('До якого дня').fill(until);
  await clerk.getByRole('button', { name: 'Взяти на контроль' }).click();
  await expect(clerk.locator('body')).toContainText('на контролі, заявникові надіслано лист');
  await clerk.goto('/cabinet/appeals?set=control&q=' + n);
  await clerk.locator('a.no', { hasText: n }).click();
  await expect(clerk.locator('main')).toContainText('Обіцяно до');
  await accessible(clerk);
  await clerk.getByLabel('Що зроблено').fill('Двір заасфальтовано, акт приймання — у справі.');
  await clerk.getByRole('button', { name: 'Обіцяне виконано' }).click();
  await expect(clerk.locator('body')).toContainText('знято з контролю');
  await clerk.goto('/cabinet/appeals?set=control&q=' + n);
  await expect(clerk.locator('a.no', { hasText: n })).toHaveCount(0);
  await clerk.context().close();
});
