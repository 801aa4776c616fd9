// An administrator invites a platform, and the platform registers in its frame.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { openBrowser, startDemo } from './support/browser.mjs';

const run = promisify(execFile);

test('a platform registers by an invitation in its frame, and the tool asks to be closed', async (t) => {
  const demo = await startDemo(t, '--manners', 'moodle');
  const settings = join(dirname(demo.file), 'markbridge.toml');
  const command = await run(process.env.MARKBRIDGE, ['--config', settings, 'admin', 'link']);

  const context = await openBrowser(t);
  const admin = await context.newPage();
  const problems = [];
  const watch = (page) => {
    page.on('pageerror', (error) => problems.push(`${error}`));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
  };
  watch(admin);
  await admin.goto(command.stdout.trim());
  await admin.getByRole('button', { name: 'Sign in' }).click();
  await admin.waitForURL(/\/admin\/platforms$/);
  const [cookie] = (await context.cookies()).filter(({ name }) => name === 'markbridge-admin');
  assert.equal(cookie.sameSite, 'Lax');
  assert.equal(cookie.path, '/admin');
  assert.ok(cookie.secure && cookie.httpOnly);

  await admin.click('nav >> text=Invitations');
  await admin.fill('#note', 'Northgate College');
  await admin.check('#allow-http');
  await admin.click('text=Make the link');
  const link = await admin.locator('.notice .mono').innerText();

  const vle = await context.newPage();
  watch(vle);
  await vle.goto(new URL('tools', demo.course).href);
  await vle.fill('#address', link);
  await vle.click('text=Add the tool');
  const frame = vle.frameLocator('iframe.tool');
  await frame.getByRole('button', { name: 'Connect' }).click();
  await frame.locator('text=Markbridge is connected').waitFor();
  await frame.locator('[data-lti-close]').click();
  await vle.waitForFunction(() => !document.querySelector('iframe'));
  await vle.click('.activate button');
  await vle.locator('text=Active').waitFor();

  await admin.goto(new URL('admin/platforms', demo.tool).href);
  await admin.click('text=Northgate College');
  await admin.locator('h1 >> text=Northgate College').waitFor();
  assert.deepEqual(problems, []);
});

test('pages for administrators are not shown in a frame', async (t) => {
  const demo = await startDemo(t);
  const context = await openBrowser(t);
  const page = await context.newPage();
  await page.goto(demo.course);
  // The address of a frame that its server forbids to be framed ends on the browser's own page.
  await page.route('**/framing', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<iframe src="${new URL('admin/enter', demo.tool).href}"></iframe>`,
    }),
  );
  await page.goto(new URL('framing', demo.course).href);
  await page.waitForLoadState('networkidle');
  const frames = page.frames().map((frame) => frame.url());
  assert.equal(frames.length, 2);
  assert.ok(!frames[1].includes('/admin/'), frames[1]);
});
