import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mergeLayer } from '@ais/pipeline/settings';
import { type BackendReport, BackendUnavailableError, useBackend } from '@ais/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeChatModel } from '../../../pipeline/test/chat-model.js';
import { configureStudies } from '../configuration/study-configuration.js';
import { isPolicyStudy, type PolicyStudyData } from '../data/study-data.js';
import { planStudy } from '../plan/study-plan.js';
import { runStudies } from '../run/run-studies.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { requireDemoBackend, requireDemoMemory } from './requirements.js';
import { demoModelLayer } from './settings.js';

const scratch = mkdtempSync(join(tmpdir(), 'ais-demo-model-'));
const model = join(scratch, 'model');
let backend: BackendReport;
beforeAll(async () => {
  backend = await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  await writeChatModel(model, { endsAtTurns: false, intermediateSize: 32, maxPositions: 512 });
  writeFileSync(
    join(scratch, 'judge.mjs'),
    `export default {
      specificationVersion: 'v1', name: 'vowels',
      score: (items) => items.map(({ prompt, response }) => {
        if (!prompt.includes('Name: ')) throw new Error('the prompt has no facts');
        return (response.match(/[aeiou]/g) ?? []).length - response.length / 100;
      }),
    };`,
  );
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** The demo on a model, small. */
async function settingsFor(lora: boolean): Promise<PolicyStudySettings> {
  const small = {
    corpus: { preference: 12, evaluation: 4, maxPromptTokens: 400, maxResponseTokens: 12 },
    preference: { batchSize: 4, microBatchSize: 4, steps: 3, learningRate: 0.01 },
    evaluation: { points: 3, klPrompts: 2, weightedPairs: 4 },
    // A model with random weights states no facts, and all its responses would tie.
    gold: { judge: join(scratch, 'judge.mjs') },
  };
  const { settings } = await configureStudies(
    { name: 'demo-model', flags: mergeLayer(demoModelLayer({ model, lora }), small) },
    join(scratch, 'store'),
  );
  return settings[0] as PolicyStudySettings;
}

describe('the demo on a model', () => {
  test('the settings: no SFT, pairs of the model itself, the judge of facts, win rate against the start', async () => {
    const { settings } = await configureStudies({ name: 'demo-model' }, 'store');
    expect(settings[0]).toMatchObject({
      source: 'facts',
      backend: 'native',
      policy: { pretrained: 'smollm2-135m-instruct' },
      corpus: { supervised: 0, reward: 0 },
      gold: { judge: 'facts' },
      evaluation: { against: 'start' },
      runs: [
        { method: { title: 'DPO' }, beta: 0.01 },
        { method: { title: 'AIS-DPO', importance: 'inverse-length' }, beta: 0.01 },
      ],
    });
    const { runs } = await planStudy(settings[0] as PolicyStudySettings, 'native');
    expect(runs.map(({ stage }) => Object.keys(stage.needs).toSorted())).toEqual(
      Array(2).fill(['baseline', 'corpus', 'gold', 'pairs', 'policy', 'start']),
    );
  });

  test('--lora trains adapters, at a higher rate', () => {
    expect(demoModelLayer({ model: 'smollm2-135m-instruct', lora: false })).toEqual({});
    expect(demoModelLayer({ model: 'a/b', lora: true })).toEqual({
      policy: { pretrained: 'a/b' },
      preference: { lora: { rank: 16 }, learningRate: expect.any(Number) },
    });
  });
});

describe.each([false, true])('a run of it, with LoRA %s', (lora) => {
  const out = join(scratch, `out-${lora}`);
  let data: PolicyStudyData;

  test('is resumed where it was stopped, and ends as one that was not', { timeout: 120_000 }, async () => {
    const settings = await settingsFor(lora);
    const run = (store: string, control: Partial<Parameters<typeof runStudies>[0]> = {}) =>
      runStudies({ studies: [settings], store: join(scratch, `${store}-${lora}`), out, backend, ...control });
    const stopped = new AbortController();
    const interrupted = run('store', {
      signal: stopped.signal,
      progress: ({ task, completed }) => {
        if (task.startsWith('DPO') && completed === 2) stopped.abort(new Error('stopped'));
      },
    });
    await expect(interrupted).rejects.toThrow();
    const [resumed] = await run('store');
    const [whole] = await run('whole');
    if (!resumed || !whole || !isPolicyStudy(resumed) || !isPolicyStudy(whole)) {
      throw new Error('expected a study of policies');
    }
    expect(resumed.runs.map(({ points }) => points)).toEqual(whole.runs.map(({ points }) => points));
    data = resumed;
  });

  test('starts from the model itself, with every response a tie', () => {
    for (const { points } of data.runs) {
      expect(points.map(({ step }) => step)).toEqual([0, 1, 2, 3]);
      expect(points[0]).toMatchObject({ winRate: { rate: 0.5, ties: 4, n: 4 }, kl: { mean: 0 } });
      expect(points.at(-1)?.kl.mean).toBeGreaterThan(0);
    }
    expect(data.judge).toEqual({ name: 'vowels' });
  });

  test('shows samples along the way, and calls things by their names', () => {
    const names = data.samples[0]?.responses.map(({ method }) => method);
    const along = (method: string) =>
      [33, 67].map((share) => `${method}, β = 0.01, at ${share} % of training`);
    expect(names?.map((name) => name.replaceAll('\u00a0', ' '))).toEqual([
      'start',
      ...along('DPO'),
      'DPO, β = 0.01',
      ...along('AIS-DPO'),
      'AIS-DPO, β = 0.01',
    ]);
    expect(data.samples[0]?.prompt).toContain('<start_of_turn>user');
    const page = readFileSync(join(out, 'report.html'), 'utf8');
    expect(page).toContain('Starting model’s response');
    expect(page).toContain('√KL from the starting model');
    expect(/SFT model|reference summar/.exec(page)).toBeNull();
  });
});

describe('what the demo on a model needs', () => {
  test('too little memory: how much, and that --lora takes less', async () => {
    const demand = (free: number, lora = false) => requireDemoMemory(model, { lora }, free);
    await demand(8e9);
    await demand(2.0003e9, true);
    await expect(demand(2.0003e9)).rejects.toMatchObject({
      code: 'too-little-memory',
      message: expect.stringMatching(
        /takes about 2\.0 GB .* 2\.0 GB are free\. Use --lora, which takes about/,
      ),
    });
    await expect(demand(1e9)).rejects.toThrow(/Free some memory, or use a smaller model; --lora takes/);
    await expect(demand(1e9, true)).rejects.toThrow(/Free some memory, or use a smaller model\.$/);
  });

  test('without native TensorFlow: what it costs, and how to get it', async () => {
    const obstacle = {
      backend: 'native',
      reason: 'it is not installed',
      remedy: 'ais native install',
    } as const;
    const missing = async (): Promise<never> => {
      throw new BackendUnavailableError([obstacle]);
    };
    await expect(requireDemoBackend('native', missing)).rejects.toMatchObject({
      code: 'no-fast-backend',
      message: expect.stringMatching(/about an hour.*ais native install.*--backend wasm.*four times/s),
    });
    // A caller that asks for another one is told about that one.
    await expect(requireDemoBackend('webgpu', missing)).rejects.toThrow(BackendUnavailableError);
    await requireDemoBackend(backend.backend);
    await expect(requireDemoBackend('abacus')).rejects.toThrow(/abacus/);
  });
});
