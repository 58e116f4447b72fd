import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTokenizer } from '@ais/data';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { writeChatModel } from '../../test/chat-model.js';
import { stepContext } from '../context.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import { readSettings } from '../settings/read-settings.js';
import { runEvaluate } from './run-evaluate.js';
import { runGenerate } from './run-generate.js';

// What a command asks of the corpus; the file is in the list of those that run alone, since it replaces a module.
vi.mock('../corpus/corpus-request.js', async (original) => {
  const all = await original<typeof import('../corpus/corpus-request.js')>();
  return { ...all, corpusRequest: vi.fn(all.corpusRequest) };
});
const scaleAsked = () => vi.mocked(corpusRequest).mock.lastCall?.[2];

const root = mkdtempSync(join(tmpdir(), 'ais-scale-'));
const at = (name: string): string => join(root, name);
const flags = {
  model: at('model'),
  source: at('questions.jsonl'),
  preset: 'tiny',
  prompts: 1,
  data: { heldOut: 4, maxPromptTokens: 64, maxResponseTokens: 32 },
};
beforeAll(async () => {
  const rows = Array.from({ length: 10 }, (_, index) => ({ question: `Who is ${index}?`, answer: 'Me.' }));
  writeFileSync(at('questions.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await writeChatModel(at('model'));
});
beforeEach(() => void vi.mocked(corpusRequest).mockClear());
afterAll(() => rmSync(root, { recursive: true }));

async function trainedOn(source: string): Promise<void> {
  const { fingerprint: tokenizer } = await loadTokenizer(at('model'));
  writeFileSync(at('model/text.json'), JSON.stringify({ tokenizer, source, scale: 'small' }));
}

const commands = {
  generate: async () =>
    runGenerate(
      await readSettings('generate', { flags: { ...flags, samples: 1 } }),
      at('responses.jsonl'),
      stepContext(),
    ),
  evaluate: async () => runEvaluate(await readSettings('evaluate', { flags }), stepContext()),
};

test.each(['generate', 'evaluate'] as const)(
  '%s splits the text that the model learned from as its run did, whatever the preset, and other text as the preset says',
  async (command) => {
    await trainedOn(flags.source);
    await commands[command]();
    expect(scaleAsked()).toBe('small');
    await trainedOn('synthetic');
    await commands[command]();
    expect(scaleAsked()).toBe('tiny');
  },
);
