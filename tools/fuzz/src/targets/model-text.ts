import { join } from 'node:path';
import { loadTokenizer } from '@ais/data';
import { openModelText, textLayer } from '@ais/pipeline';
import { filesTarget } from '../files-target.js';
import { fileSeeds, filesIn, fixturesOf, textFiles } from '../fixtures.js';
import type { Files, FuzzTarget } from '../target.js';

/** What a checkpoint says of the text that its model learned from. */
export const modelText: FuzzTarget = filesTarget({
  name: 'model-text',
  share: 1,
  only: /^text\.json$/,
  structured: 0.8,
  strange: [
    'tldr',
    'chat',
    'chatml',
    { chat: '{{ messages }}' },
    { prompt: '{post}' },
    { maxPromptTokens: 1e9 },
  ],
  async seeds() {
    const folder = fixturesOf('@ais/data');
    const [json] = (await fileSeeds(folder, ['tokenizer.json'])) as readonly Files[];
    const model = await filesIn(
      join(fixturesOf('@ais/language-model'), 'families', 'gpt2'),
      /^(config|model)\./,
    );
    const { fingerprint } = await loadTokenizer(join(folder, 'tokenizer.json'));
    const known = {
      tokenizer: fingerprint,
      source: 'posts.csv',
      columns: { prompt: 'a' },
      pairs: 'pairs.jsonl',
    };
    const template = { name: 'mine', prompt: 'Q: {question} A:', response: ' {answer}' };
    const chat = '{% for m in messages %}{{ m.role }}: {{ m.content }}<|endoftext|>{% endfor %}';
    return [
      { ...known, template, data: { maxPromptTokens: 64, maxResponseTokens: 16 }, validationFraction: 0.1 },
      { ...known, template: { name: 'c', chat }, assistantTurns: 'each', plainTextIsChat: true },
    ].map((record) => new Map([...model, ...(json as Files), ...textFiles({ 'text.json': record })]));
  },
  async read(directory) {
    await openModelText(directory);
    await textLayer(directory);
  },
});
