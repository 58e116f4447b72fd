// The package as a page gets it: bundled for browsers with TensorFlow.js, run in Chromium, against golden values.
import { existsSync } from 'node:fs';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { goldenOf } from './golden.js';

const page = `
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { dpo } from '../src/index.ts';

globalThis.evaluate = async (columns, options) => {
  await tf.setBackend('cpu');
  const batch = Object.fromEntries(Object.entries(columns).map(([field, values]) => [field, tf.tensor1d(values)]));
  const objective = dpo(options);
  const { losses } = objective.evaluate(batch);
  const gradient = tf.grad((policyChosen) => tf.sum(objective.evaluate({ ...batch, policyChosen }).losses));
  return { losses: [...await losses.data()], gradient: [...await gradient(batch.policyChosen).data()] };
};
`;

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

it('DPO in a page gives the golden losses and gradients', async () => {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@ais/source'],
    logLevel: 'error',
  });
  if (!executablePath) throw new Error('no Chromium in /usr/bin: install the package chromium');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    await tab.addScriptTag({ content: outputFiles[0]?.text ?? '' });
    const [golden] = goldenOf<{ beta: number }, never>('dpo');
    const result = await tab.evaluate(
      `evaluate(${JSON.stringify(golden?.batch)}, ${JSON.stringify(golden?.options)})`,
    );
    const { losses, gradient } = result as { losses: number[]; gradient: number[] };
    expect(losses).toEqual(golden?.losses.map((value) => expect.closeTo(value, 5)));
    expect(gradient).toEqual(golden?.gradients?.['policyChosen']?.map((value) => expect.closeTo(value, 5)));
  } finally {
    await browser.close();
  }
});
