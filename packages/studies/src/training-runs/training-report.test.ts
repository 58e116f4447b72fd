import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MetricsLine } from '@ais/trainer/runs';
import { expect, it } from 'vitest';
import { constructedRun, line } from '../../../trainer/test/constructed-run.js';
import { renderTrainingReport, writeTrainingReport } from './training-report.js';

const configuration = {
  stage: 'preference',
  reference: 'a',
  model: { sha256: 'a' },
  backend: 'wasm',
  seed: 1,
};

const run = (length: number): readonly MetricsLine[] =>
  constructedRun({
    train: { loss: [line(0.7, 0.6), 0.01] },
    evaluated: { eval_mean_length: line(20, length) },
  });

it('says in words what the run shows, above its curves, and where that is explained', async () => {
  const page = await renderTrainingReport(configuration, run(1));
  expect(page).toContain('<h3>Problem: Responses collapse to nothing</h3>');
  expect(page).toContain('The mean length in tokens fell from 20 (step 0) to 1 (step 120).');
  expect(page).toContain('docs/reading-a-run.md#empty-responses');
  expect(page.indexOf('What this run shows')).toBeLessThan(page.indexOf('<svg'));
});

it('has no such section if there is nothing to say', async () => {
  expect(await renderTrainingReport(configuration, run(21))).not.toContain('What this run shows');
});

it.each([
  ['{"stage": "sft"', '{"event":"train","step":1}', 'damaged-file'],
  ['{"stage": "sft"}', 'null', 'damaged-file'],
  [
    '{"configuration": {"command": null}, "model": []}',
    '{"event":"train","step":1,"loss":{"a":1}}',
    'invalid-data',
  ],
  ['"sft"', '{"event":"train","step":1}', undefined],
])(
  'ends with an error of its own, or a page, for config.json %s and metrics %s',
  async (config, metrics, code) => {
    const folder = await mkdtemp(join(tmpdir(), 'ais-report-'));
    try {
      await writeFile(join(folder, 'config.json'), config);
      await writeFile(join(folder, 'metrics.jsonl'), metrics);
      const page = await writeTrainingReport(folder).catch((error: { code: string }) => error.code);
      expect(page).toBe(code ?? join(folder, 'report.html'));
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
