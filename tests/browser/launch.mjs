// A launch in a frame of another site while third-party cookies are blocked.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test from 'node:test';

import { openActivity, openBrowser, startDemo } from './support/browser.mjs';

test('this browser does block third-party cookies, and keeps partitioned ones', async (t) => {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    if (request.url === '/course') {
      response.end(`<iframe src="http://127.0.0.1:${server.address().port}/tool"></iframe>`);
    } else if (request.url === '/tool') {
      const terms = 'Path=/; Secure; HttpOnly; SameSite=None';
      response.setHeader('set-cookie', [`plain=1; ${terms}`, `parted=1; ${terms}; Partitioned`]);
      response.end('<a href="/back">on</a>');
    } else {
      response.end(`<p>${request.headers.cookie ?? ''}</p>`);
    }
  }).listen(0);
  t.after(() => server.close());
  const page = await (await openBrowser(t)).newPage();
  await page.goto(`http://localhost:${server.address().port}/course`);
  const frame = page.frameLocator('iframe');
  await frame.locator('a').click();
  assert.equal(await frame.locator('p').innerText(), 'parted=1');
});

/** Adds the demo's assignment and hands it in. */
async function handIn(frame, demo) {
  await frame.locator('nav >> text=My evidence').click();
  await frame.locator('input[type=file]').setInputFiles(demo.file);
  await frame.locator('text=See it as we read it').waitFor();
  await frame.locator('#own-work').check();
  await frame.locator('text=Hand in my work').click();
  await frame.locator('text=See what I handed in').waitFor();
}

test('a learner hands in within the frame of the course', async (t) => {
  const demo = await startDemo(t);
  const context = await openBrowser(t);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(`${error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  const frame = await openActivity(page, demo, 'learner-1');
  await handIn(frame, demo);

  const tool = new URL(demo.tool).hostname;
  const cookies = (await context.cookies()).filter((cookie) => cookie.domain === tool);
  assert.ok(cookies.length > 0, 'the tool has a session');
  for (const cookie of cookies) {
    assert.equal(cookie.partitionKey, 'http://localhost', cookie.name);
    assert.ok(cookie.secure && cookie.httpOnly, cookie.name);
  }
  assert.deepEqual(problems, []);
});

test('an assessor sees in the frame what the learner handed in', async (t) => {
  const demo = await startDemo(t);
  const context = await openBrowser(t);
  const page = await context.newPage();
  const learner = await openActivity(page, demo, 'learner-1');
  await handIn(learner, demo);
  // The same browser, the same activity: the new session takes the place of the old one.
  const assessor = await openActivity(page, demo, 'assessor-1');
  await assessor.locator('tbody a').first().click();
  await assessor.locator('form[id^="sheet-"]').first().waitFor({ state: 'attached' });
});
