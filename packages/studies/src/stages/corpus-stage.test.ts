import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@ais/data';
import { type CorpusRequest, openCorpus } from '@ais/pipeline';
import { writeJson } from '@ais/runtime/files';
import { afterAll, expect, test } from 'vitest';
import { makeCorpus } from './corpus-stage.js';

const root = mkdtempSync(join(tmpdir(), 'ais-corpus-stage-'));
const at = (name: string): string => join(root, name);
afterAll(() => rmSync(root, { recursive: true }));

test('a corpus of conversations is rendered with the variables of its study, by which later stages read it', async () => {
  const fixtures = fileURLToPath(new URL('../../../data/fixtures', import.meta.url));
  await (await loadTokenizer(fixtures)).save(at('model'));
  await writeJson(join(at('model'), 'config.json'), { model_type: 'llama' });
  writeFileSync(join(at('model'), 'model.safetensors'), '');
  const chat = '{% for m in messages %}{{ m.content }}{{ end }}{% endfor %}';
  writeFileSync(join(at('model'), 'chat_template.jinja'), chat);
  writeFileSync(at('questions.csv'), 'question,answer\nName a tree,An oak\nName a bird,An owl\n');
  const request: CorpusRequest = {
    source: at('questions.csv'),
    template: 'chat',
    templateVariables: { end: '!' },
    wanted: { supervised: 'all' },
    heldOut: 0,
    seed: 1,
    sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
    lengths: { maxPromptTokens: 64, maxResponseTokens: 32, longPrompts: 'error', longResponses: 'drop' },
  };
  const context = {
    directory: at('corpus'),
    title: 'text',
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    hints: undefined,
  };
  await makeCorpus({ request, vocabularySize: 300, tokenizer: at('model') }, {}, context);
  const { splits, template } = await openCorpus(at('corpus'));
  expect([...splits.supervised].map(({ promptText }) => promptText).sort()).toEqual([
    'Name a bird!',
    'Name a tree!',
  ]);
  expect(template?.toJSON()).toMatchObject({ chat, variables: { end: '!' } });
});
