import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, savePretrained } from '@ais/language-model';
import { prepareCorpus, saveCorpus, savedText, stepContext } from '@ais/pipeline';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { policyPresetOf } from '../../test/preset-of.js';
import { contentName } from './content-names.js';
import { superviseModel } from './sft-stage.js';
import { stageKinds } from './stage-kinds.js';

const folder = mkdtempSync(join(tmpdir(), 'ais-sft-'));
const [corpusFolder, model] = [join(folder, 'corpus'), join(folder, 'model')];
afterAll(() => rmSync(folder, { recursive: true }));

const shape = { layerCount: 1, hiddenSize: 16, headCount: 2, initializerRange: 0.1 };
let corpus: Awaited<ReturnType<typeof prepareCorpus>>;
beforeAll(async () => {
  await useBackend('cpu');
  const request = {
    source: 'synthetic',
    seed: 1,
    wanted: { supervised: { exactly: 0 }, evaluation: { exactly: 2 } },
    heldOut: 2,
    sizes: { supervised: 8, reward: 0, preference: 0, evaluation: 2 },
    lengths: { maxPromptTokens: 200, maxResponseTokens: 40, longPrompts: 'drop', longResponses: 'cut' },
  };
  corpus = await prepareCorpus(request as never, { vocabularySize: 300 }, stepContext());
  await saveCorpus(corpus, corpusFolder);
});

async function start(seed: number): Promise<void> {
  const { vocabularySize, endOfTextToken } = corpus.tokenizer;
  const tokens = { vocabularySize, endOfTextTokens: [endOfTextToken], maxPositions: 240 };
  const made = createModel({ ...shape, ...tokens }, { seed });
  await savePretrained(made, model);
  await savedText(corpus, { source: 'synthetic' }).save(model);
  made.dispose();
}

const fingerprintOf = async (pretrained: string, hints?: unknown): Promise<string | undefined> => {
  const { supervised } = policyPresetOf('fig3');
  const directory = mkdtempSync(join(folder, 'stage-'));
  const context = {
    directory,
    title: 'SFT',
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    hints,
  };
  const settings = { model: { pretrained }, supervised, maxPositions: 240, seed: 1 };
  return stageKinds.sft.fingerprint?.(await superviseModel(settings, { corpus: corpusFolder }, context));
};

test('what starts from a model by its name says which weights those were, and no other stage does', async () => {
  await start(1);
  const first = await fingerprintOf(model);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  writeFileSync(join(model, 'README.md'), 'Another page.');
  expect(await fingerprintOf(model)).toBe(first);
  await start(2);
  expect(await fingerprintOf(model)).not.toBe(first);
  const name = contentName('', 'b'.repeat(64));
  expect(await fingerprintOf(name, { files: { [name]: model } })).toBeUndefined();
});
