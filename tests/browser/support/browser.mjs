// What the scripts share: a real Chromium that blocks third-party cookies, and
// a demo of Markbridge whose VLE (localhost) is on another site than the tool
// (127.0.0.1).

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const needed = ['MARKBRIDGE', 'CHROMIUM', 'PLAYWRIGHT'];
const missing = needed.filter((name) => !process.env[name]);
if (missing.length > 0) {
  throw new Error(`${missing.join(', ')} not set; run \`cargo xtask test browser\``);
}
const { chromium } = createRequire(join(process.env.PLAYWRIGHT, 'from-here.js'))('playwright-core');

/** A browser with a fresh profile, with more of the library's options where a test needs them.
 * It reaches nothing but this machine. */
export async function openBrowser(t, options = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'markbridge-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...options,
    executablePath: process.env.CHROMIUM,
    locale: 'en-GB',
    reducedMotion: 'reduce',
    viewport: { width: 1280, height: 900 },
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
      '--test-third-party-cookie-phaseout',
      // Chromium's own walls need rights that root does not get in containers.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  t.after(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  });
  return context;
}

/** The demo as a process of its own, with its data in a folder of its own. */
export async function startDemo(t, ...options) {
  const folder = await mkdtemp(join(tmpdir(), 'markbridge-demo-'));
  const ports = ['--port', '0', '--vle-port', '0'];
  const demo = spawn(process.env.MARKBRIDGE, ['demo', '--folder', folder, ...ports, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const ended = new Promise((resolve) => demo.once('exit', resolve));
    if (demo.exitCode === null && demo.kill('SIGINT')) await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const addresses = {};
  for await (const line of createInterface({ input: demo.stdout })) {
    addresses.course ??= /^Open the course: (\S+)$/.exec(line)?.[1];
    addresses.tool ??= /^The tool answers at ([^ ,]+),/.exec(line)?.[1];
    if (addresses.course && addresses.tool) {
      return { ...addresses, file: join(folder, '304-strong.docx') };
    }
  }
  throw new Error('the demo ended before it told its addresses');
}

/** Chooses whom to be in the VLE, and opens the activity in the course's frame. */
export async function openActivity(page, demo, person) {
  await page.goto(new URL('people', demo.course).href);
  await page.click(`button[value="${person}"]`);
  await page.goto(new URL('activity/1', demo.course).href);
  return page.frameLocator('iframe.tool');
}
