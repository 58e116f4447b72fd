// Drives the page with a model on this machine, and prints speed and memory as JSON:
//   npx -y pnpm build && npx -y pnpm --filter @ais/example-browser-chat measure $PWD/MODEL.gguf [wasm|webgpu] [QUESTION]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildPage, launch, said, serve } from './harness.js';
import { computedSeconds, processes } from './processes.js';

const [model, backend = 'wasm', question = 'Why is the sky blue? Answer in two sentences.'] =
  process.argv.slice(2);
if (model === undefined) throw new Error('Give the path of a GGUF file.');
const STEPS = 3;

const folder = await mkdtemp(join(tmpdir(), 'browser-chat-'));
await buildPage(folder);
const server = await serve(folder, { '/model.gguf': resolve(model) });
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(server.origin);
  await page.selectOption('#backend', backend);
  const load = async (): Promise<string> => {
    await page.fill('#address', './model.gguf');
    await page.click('#start');
    return said(page, /^Loaded/);
  };
  const first = await load();
  const afterLoading = processes();
  await page.fill('#question', question);
  await page.click('#answer');
  const answered = await said(page, /tokens per second/);
  const answers = await page.locator('.answer p').allTextContents();
  const afterAnswering = processes();
  const steps: string[] = [];
  for (let step = 1; step <= STEPS; step++) {
    await page.locator('.answer button').first().click();
    const begun = computedSeconds();
    steps.push(
      `${await said(page, new RegExp(`^Step ${step} `))} Computed: ${(computedSeconds() - begun).toFixed(1)} s`,
    );
  }
  const afterLearning = processes();
  const facts = await page.locator('#facts dd').allTextContents();
  await page.reload();
  await page.selectOption('#backend', backend);
  const again = await load();
  console.log(
    JSON.stringify(
      {
        first,
        again,
        answered,
        answers,
        steps,
        facts,
        memory: { afterLoading, afterAnswering, afterLearning },
      },
      null,
      2,
    ),
  );
} finally {
  await browser.close();
  server.close();
  await rm(folder, { recursive: true });
}
