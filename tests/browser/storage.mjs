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

/** The script of a platform's pages whose storage has a manner of its own. It runs in the browser,
 * in the page around the tool and in the storage's frame. */
function storageOf(manner) {
  const kept = new Map();
  const prefix = manner === 'has the old names' ? 'org.imsglobal.lti' : 'lti';
  const [put, get] = [`${prefix}.put_data`, `${prefix}.get_data`];
  addEventListener('message', (event) => {
    const { subject, message_id, key, value } = event.data || {};
    if (typeof subject !== 'string' || typeof message_id !== 'string') return;
    const answer = (rest) => event.source.postMessage({ subject: `${subject}.response`, message_id, ...rest }, event.origin);
    if (window.name !== 'lti_storage') {
      const supported_messages = [put, get].map((name) => ({ subject: name, frame: 'lti_storage' }));
      if (subject === 'lti.capabilities') answer({ supported_messages });
      return;
    }
    if (subject === get) globalThis.asked();
    if (manner === 'names a frame that is silent') {
      // Mobile apps announce storage and never answer.
    } else if (manner === 'answers with an error') {
      answer({ error: { code: 'storage_exhaustion', message: 'nothing more fits in' } });
    } else if (subject === put) {
      kept.set(key, value);
      answer({ key, value });
    } else if (subject !== get) {
      answer({ error: { code: 'unsupported_subject', message: 'not one of mine' } });
    } else if (manner === 'answers from another site') {
      // The frame goes elsewhere, and the page there gives the right value.
      const right = { subject: `${subject}.response`, message_id, key, value: kept.get(key) };
      location.replace(`${event.origin}/elsewhere#${encodeURIComponent(JSON.stringify(right))}`);
    } else {
      answer({ key, value: kept.get(key) ?? null });
    }
  });
}

const ELSEWHERE = `<!doctype html><script>
  const answer = JSON.parse(decodeURIComponent(location.hash.slice(1)));
  for (let at = 0; at < parent.frames.length; at += 1) parent.frames[at].postMessage(answer, '*');
</script>`;

/** A launch whose login cookie is lost, on a platform whose storage has this manner. */
async function openWithStorage(t, manner) {
  const demo = await startDemo(t, '--manners', 'canvas');
  const context = await openBrowser(t, { proxy: await proxy(t, (path) => path === '/lti/login') });
  const script = `(${storageOf})(${JSON.stringify(manner)})`;
  const went = [];
  let told;
  const asked = new Promise((resolve) => { told = resolve; });
  await context.exposeFunction('asked', () => told());
  await context.route('**/lti/storage.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  await context.route('**/elsewhere', (route) => {
    went.push(route.request().url());
    return route.fulfill({ contentType: 'text/html', body: ELSEWHERE });
  });
  const page = await context.newPage();
  const proofs = calls(page, '/lti/proof');
  const frame = await openActivity(page, demo, 'learner-1');
  await asked;
  return { frame, proofs, went };
}

for (const manner of ['keeps what it is given', 'has the old names']) {
  test(`a storage that ${manner} proves the browser`, { timeout: 60_000 }, async (t) => {
    const { frame, proofs } = await openWithStorage(t, manner);
    await frame.locator('nav >> text=My evidence').waitFor();
    assert.deepEqual(proofs, ['POST']);
  });
}

for (const manner of ['names a frame that is silent', 'answers with an error', 'answers from another site']) {
  test(`a storage that ${manner} is done without`, { timeout: 60_000 }, async (t) => {
    const { frame, proofs, went } = await openWithStorage(t, manner);
    await frame.locator('text=Open in a new window').waitFor({ state: 'visible' });
    await frame.locator('text=/You are .+, learner/').waitFor();
    assert.deepEqual(proofs, [], 'nothing was proved');
    assert.equal(went.length, manner === 'answers from another site' ? 1 : 0);
  });
}

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
