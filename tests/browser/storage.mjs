// A launch that no cookie proves: by the platform's storage, and in a window of
// its own. A proxy before the tool takes `Partitioned` away, which makes the
// browser one that keeps no cookie of the tool in the course's frame.

import assert from 'node:assert/strict';
import { createServer, request as ask } from 'node:http';
import test from 'node:test';

import { openActivity, openBrowser, startDemo } from './support/browser.mjs';

/** Passes everything on, without `Partitioned` where the path is to have none. */
async function proxy(t, unparted) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url);
    const passed = ask(request.url, { method: request.method, headers: request.headers }, (answer) => {
      const headers = { ...answer.headers };
      if (headers['set-cookie'] && unparted(pathname)) {
        headers['set-cookie'] = headers['set-cookie'].map((line) => line.replace('; Partitioned', ''));
      }
      response.writeHead(answer.statusCode, headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { server: `http://127.0.0.1:${server.address().port}`, bypass: '<-loopback>' };
}

/** What the pages asked of an address of the tool. */
function calls(page, path) {
  const seen = [];
  page.context().on('request', (request) => {
    if (new URL(request.url()).pathname === path) seen.push(request.method());
  });
  return seen;
}

test('the platform’s storage proves the browser where the login’s cookie is lost', async (t) => {
  const demo = await startDemo(t, '--manners', 'canvas');
  const context = await openBrowser(t, { proxy: await proxy(t, (path) => path === '/lti/login') });
  const page = await context.newPage();
  const proofs = calls(page, '/lti/proof');
  const frame = await openActivity(page, demo, 'learner-1');
  await frame.locator('nav >> text=My evidence').click();
  await frame.locator('input[type=file]').waitFor();
  assert.deepEqual(proofs, ['POST']);
});

test('where the frame keeps no cookie at all, a window of its own opens after the storage', async (t) => {
  const demo = await startDemo(t, '--manners', 'canvas');
  const context = await openBrowser(t, { proxy: await proxy(t, () => true) });
  const page = await context.newPage();
  const proofs = calls(page, '/lti/proof');
  const frame = await openActivity(page, demo, 'learner-1');
  await works(context, frame, demo);
  assert.deepEqual(proofs, ['POST']);
});

test('without storage a window of its own opens, once', async (t) => {
  const demo = await startDemo(t, '--manners', 'moodle');
  const context = await openBrowser(t, { proxy: await proxy(t, () => true) });
  const page = await context.newPage();
  const proofs = calls(page, '/lti/proof');
  const frame = await openActivity(page, demo, 'learner-1');
  await works(context, frame, demo);
  assert.deepEqual(proofs, [], 'there is no storage to ask');
  await frame.locator('text=It opens in a new window').waitFor();
  assert.equal(await frame.locator('form[target=_blank]').isVisible(), false);
});

/** Opens the window that the frame offers, and hands in there. */
async function works(context, frame, demo) {
  await frame.locator('text=Open it in its own window').waitFor();
  await frame.locator('text=/You are .+, learner/').waitFor();
  const [own] = await Promise.all([
    context.waitForEvent('page'),
    frame.locator('text=Open in a new window').click(),
  ]);
  await own.locator('nav >> text=My evidence').click();
  await own.locator('input[type=file]').setInputFiles(demo.file);
  await own.locator('text=See it as we read it').waitFor();
  await own.locator('#own-work').check();
  await own.locator('text=Hand in my work').click();
  await own.locator('text=Your work is with your assessor').waitFor();
}
