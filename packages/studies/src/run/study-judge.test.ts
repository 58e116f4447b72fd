import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usualJudging } from '@ais/pipeline/settings';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  type ChatRequest,
  completion,
  type OpenAiServer,
  openAiServer,
} from '../../../gold-eval/test/openai-server.js';
import { policyPresetOf } from '../../test/preset-of.js';
import { isPolicyStudy, type StudyData } from '../data/study-data.js';
import { describeStudies } from '../plan/describe-plan.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { studyFacts } from '../study-report/study-facts.js';
import { runStudies } from './run-studies.js';

const preset = policyPresetOf('fig3');
const training = { ...preset.preference, batchSize: 16, microBatchSize: 16, warmupFraction: 0 };
const shape = { layerCount: 1, hiddenSize: 16, headCount: 2, initializerRange: 0.1 };
const scratch = mkdtempSync(join(tmpdir(), 'ais-study-judge-'));

/** One run, of an objective from outside that reads no reference, judged by a language model that compares. */
const settings: PolicyStudySettings = {
  ...preset,
  corpus: {
    ...preset.corpus,
    supervised: 64,
    reward: 16,
    preference: 16,
    evaluation: 6,
    vocabularySize: 400,
    maxResponseTokens: 12,
  },
  policy: shape,
  supervised: { ...training, batchSize: 32, promptWeight: 0 },
  gold: { ...preset.gold, model: shape, judge: 'openai:small' },
  api: { ...usualJudging.api, cache: join(scratch, 'answers.jsonl'), calls: 500 },
  judge: { ...usualJudging.judge, mode: 'pairwise' },
  preference: training,
  evaluation: { points: 1, klPrompts: 2, temperature: 0, weightedPairs: 8 },
  runs: [
    {
      method: { title: 'Mine', objective: join(scratch, 'mine.mjs'), importance: 'none' },
      beta: 0.1,
      data: 'D1',
    },
  ],
};

/** Prefers the longer of two responses. */
function longer({ messages }: ChatRequest) {
  const text = messages.at(-1)?.content ?? '';
  const length = (tag: string): number =>
    new RegExp(`<${tag}>\n(.*)\n</${tag}>`, 's').exec(text)?.[1]?.length ?? 0;
  const margin = length('response-a') - length('response-b');
  return completion(`Verdict: ${margin > 0 ? 'A' : margin < 0 ? 'B' : 'tie'}`);
}

let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
  vi.stubEnv('OPENAI_BASE_URL', server.baseUrl);
  writeFileSync(
    join(scratch, 'mine.mjs'),
    `export default {
      specificationVersion: 'v1', name: 'mine', requires: { feedback: 'pairs', reference: false },
      evaluate: ({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} }),
    };`,
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  rmSync(scratch, { recursive: true });
});

const run = async (own: PolicyStudySettings): Promise<StudyData | undefined> => {
  const backend = await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  const [data] = await runStudies({
    studies: [own],
    store: join(scratch, 'store'),
    out: join(scratch, `out-${own.api.calls}`),
    backend,
  });
  return data;
};

test('a plan says what the judge may be asked for by all stages together', async () => {
  const planned = async (api: Partial<PolicyStudySettings['api']>) => {
    const { calls: _, tokens: __, ...others } = settings.api;
    const studies = [{ ...settings, api: { ...others, ...api } }];
    const { judgeBudget } = await describeStudies({
      studies,
      store: join(scratch, 'none'),
      backend: 'wasm',
      processes: 1,
    });
    return judgeBudget;
  };
  // The judge's own stage, the pairs, the evaluation of the start, and the run.
  expect(await planned({ calls: 500 })).toEqual({ stages: 4, calls: 2000 });
  expect(await planned({ calls: 10, tokens: 300 })).toEqual({ stages: 4, calls: 40, tokens: 1200 });
  expect(await planned({})).toBeUndefined();
});

test('a language model that compares judges a study, is asked nothing twice, and is compared with labels', async () => {
  server.script(longer);
  const data = await run(settings);
  if (!data || !isPolicyStudy(data)) throw new Error('expected a study of policies');
  expect(new Set(server.requests.map((request) => JSON.stringify(request))).size).toBe(
    server.requests.length,
  );
  expect(data.judge).toMatchObject({
    name: expect.stringMatching(/^openai:small pairwise /),
    agreement: { labels: 'oracle', n: expect.any(Number), accuracy: expect.any(Number) },
  });
  expect(data.settings).toMatchObject({ 'judge.mode': 'pairwise' });
  expect(data.settings).not.toHaveProperty(['api.calls']);
  const [judge] = studyFacts(data).filter(([name]) => name === 'judge');
  expect(judge?.[1]).toMatch(/agrees with \d+\.\d\s% of \d+ labels of oracle .*Cohen’s κ/);
  expect(data.runs[0]?.points.map(({ winRate }) => winRate.n)).toEqual([6, 6]);
  // Nothing reads the reference's log-probabilities, so nothing computed them.
  const stage = readdirSync(join(scratch, 'store')).find((name) => name.startsWith('pairs'));
  expect(existsSync(join(scratch, 'store', stage ?? '', 'pairs.jsonl'))).toBe(true);
  expect(existsSync(join(scratch, 'store', stage ?? '', 'reference-log-probs.json'))).toBe(false);

  // Another budget is the same study.
  server.script(longer);
  await run({ ...settings, api: { ...settings.api, calls: 1 } });
  expect(server.requests).toEqual([]);
});
