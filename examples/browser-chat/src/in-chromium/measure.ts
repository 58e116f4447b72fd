// Drives the page with a model on this machine, and prints speed and memory as JSON:
//   npx -y pnpm build && npx -y pnpm --filter @ais/example-browser-chat measure $PWD/MODEL.gguf [wasm|webgpu] [QUESTION]
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildPage, launch, said, serve } from './harness.js';

const [model, backend = 'wasm', question = 'Why is the sky blue? Answer in two sentences.'] =
  process.argv.slice(2);
if (model === undefined) throw new Error('Give the path of a GGUF file.');
const STEPS = 3;

const folder = await mkdtemp(join(tmpdir(), 'browser-chat-'));
await buildPage(folder, false);
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

/** The page's process, the largest renderer, and the one that computes for WebGPU. */
function processes(): { readonly page: Process; readonly graphics: Process } {
  return { page: largest('renderer'), graphics: largest('gpu-process') };
}

function computedSeconds(): number {
  const { page, graphics } = processes();
  return page.computed + graphics.computed;
}

/** A process of Chromium's: MiB now and at most so far, and seconds that it has computed. */
interface Process {
  readonly now: number;
  readonly most: number;
  readonly computed: number;
}

function largest(type: string): Process {
  const all = readdirSync('/proc').flatMap((pid) => {
    try {
      if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--type=${type}`))
        return [];
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      const read = (name: string): number =>
        Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / 1024);
      const [user = 0, system = 0] =
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
      return [{ now: read('VmRSS'), most: read('VmHWM'), computed: (user + system) / 100 }];
    } catch {
      // It has ended.
      return [];
    }
  });
  return all.reduce((most, size) => (size.most > most.most ? size : most), { now: 0, most: 0, computed: 0 });
}
