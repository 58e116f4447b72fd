// Asks the models of two files one question in the live page, and prints what they answered, seconds computed, and memory as JSON:
//   npx -y pnpm build && npx -y pnpm --filter @ais/live-pages measure:smollm2 $PWD/BEFORE.gguf $PWD/AFTER.gguf [QUESTION]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { launch, serve } from '../../../browser-chat/src/in-chromium/harness.js';
import { computedSeconds, processes } from '../../../browser-chat/src/in-chromium/processes.js';

const [before, after, question = 'Name a fruit.'] = process.argv.slice(2);
if (before === undefined || after === undefined) throw new Error('Give the paths of two GGUF files.');

const folder = await mkdtemp(join(tmpdir(), 'live-pages-'));
await build({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  logLevel: 'warn',
  build: { outDir: folder, emptyOutDir: true, minify: false, reportCompressedSize: false },
});
const models = { '/models/before.gguf': resolve(before), '/models/after.gguf': resolve(after) };
const server = await serve(folder, models);
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(server.origin);
  const ask = async (): Promise<object> => {
    const begun = computedSeconds();
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.waitForFunction(
      () =>
        /Computed by|failed|not /.test(document.querySelector('#smollm2 [role=status]')?.textContent ?? ''),
      undefined,
      { timeout: 0 },
    );
    return {
      status: await page.locator('#smollm2 [role=status]').textContent(),
      answers: await page.locator('.live-answer').allTextContents(),
      computedSeconds: computedSeconds() - begun,
      mebibytes: processes().page.most,
    };
  };
  await page.selectOption('#smollm2 select', 'wasm');
  await page.getByLabel('Address of a model').first().fill('./models/before.gguf');
  await page.getByLabel('Address of a model').last().fill('./models/after.gguf');
  await page.locator('#smollm2 textarea').fill(question);
  const first = await ask();
  const again = await ask();
  console.log(JSON.stringify({ first, again }, null, 2));
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true });
}
