import { test, expect, personOf, people, accessible } from '../lib';

// Invented petitions of a former site that never was.
const head = 'номер;назва;текст;автор;стан;опубліковано;завершено;підписів;поріг;відповідь;дата відповіді;посилання\n';
const good =
  '901;Лавки з навісом біля старого млина;Просимо поставити лавки з навісом.;Вигадана Олена Петрівна;не набрала підписів;01.03.2021;30.03.2021;84;300;;;https://petition.old.example/901\n' +
  '902;Світлофор біля старого млина;Просимо світлофор.;Зразковий Петро Іванович;розглянуто;02.04.2021;01.05.2021;1312;;Роботи внесено до програми.;20.05.2021;\n';
const bad = '903;Доріжка до старого млина;Просимо доріжку.;Зразковий Петро Іванович;триває збір підписів;02.04.2021;;12;300;;;\n';
const file = (text: string) => ({ name: 'old.csv', mimeType: 'text/csv', buffer: Buffer.from(head + text) });

test('petitions of the former site come over: looked at first, then all or nothing', async ({ browser, page }) => {
  const admin = await personOf(browser, people.admin);
  await admin.goto('/admin/petitions');
  await admin.getByRole('link', { name: 'Перенесення' }).click();
  await accessible(admin);
  await admin.getByRole('button', { name: 'Перевірити файл' }).click();
  await expect(admin.locator('#file[aria-invalid=true]')).toBeVisible();
  await accessible(admin);

  await admin.getByLabel('Попередній сайт').fill('petition.old.example');
  await admin.setInputFiles('#file', file(good + bad));
  await admin.getByRole('button', { name: 'Перевірити файл' }).click();
  await expect(admin.locator('main')).toContainText('Файл не прийнято');
  await expect(admin.locator('table')).toContainText('ще збирає підписи');
  await expect(admin.getByLabel('Попередній сайт')).toHaveValue('petition.old.example');
  await accessible(admin);

  await admin.setInputFiles('#file', file(good));
  await admin.getByRole('button', { name: 'Перевірити файл' }).click();
  expect(await (await page.goto('/petitions?tab=archive'))!.text()).not.toContain('старого млина');
  await admin.getByRole('button', { name: /^Завантажити 2/ }).click();
  await expect(admin.locator('main')).toContainText('Файл завантажено');
  await accessible(admin);

  // The same file again doubles nothing.
  await admin.setInputFiles('#file', file(good));
  await admin.getByRole('button', { name: 'Перевірити файл' }).click();
  await expect(admin.locator('main')).toContainText('Файл нічого не змінює');

  await admin.getByRole('link', { name: '«Взаємодія»' }).click();
  await expect(admin.locator('main')).toContainText('Обмін вимкнено');
  await accessible(admin);
  await admin.context().close();

  // A stranger without JavaScript finds them and reads where they are from.
  const plain = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await plain.goto('/petitions?tab=archive&q=' + encodeURIComponent('млини'));
  await plain.getByRole('link', { name: /Лавки з навісом/ }).click();
  await expect(plain.locator('main')).toContainText('Перенесено з попереднього сайту: petition.old.example');
  await expect(plain.locator('main')).toContainText('84');
  await expect(plain.locator('main')).toContainText('Окремих підписів немає');
  await expect(plain.getByRole('link', { name: /Підписати/ })).toHaveCount(0);
  await plain.context().close();

  await page.goto('/petitions?tab=archive&q=' + encodeURIComponent('світлофор млина'));
  await accessible(page);
  await page.getByRole('link', { name: /Світлофор біля старого млина/ }).click();
  await expect(page.locator('main')).toContainText('Є відповідь');
  await expect(page.locator('main')).not.toContainText('Виконується');
  await accessible(page);

  // The desk is not asked to carry it out, and shows what is known of it.
  const number = new URL(page.url()).pathname.split('/').pop()!;
  const clerk = await personOf(browser, people.specialist);
  await clerk.goto('/cabinet/petitions?tab=execute');
  await expect(clerk.locator('main')).not.toContainText('старого млина');
  await clerk.goto(`/cabinet/petitions/${number}`);
  await expect(clerk.locator('main')).toContainText('petition.old.example');
  await accessible(clerk);
  await clerk.context().close();
});
