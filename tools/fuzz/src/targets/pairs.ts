import { join } from 'node:path';
import { collectRecords, labeledSource, loadTokenizer } from '@ais/data';
import { chatTemplates } from '@ais/data/chat';
import { openRows } from '@ais/data/formats';
import { type ModelText, readPairs } from '@ais/pipeline';
import { filesTarget } from '../files-target.js';
import { fixturesOf, textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const LENGTHS = {
  maxPromptTokens: 32,
  maxResponseTokens: 16,
  longPrompts: 'drop',
  longResponses: 'cut',
} as const;

let opened: Promise<ModelText> | undefined;
function modelText(): Promise<ModelText> {
  opened ??= loadTokenizer(join(fixturesOf('@ais/data'), 'tokenizer.json')).then((tokenizer) => ({
    tokenizer,
    ...(chatTemplates['chatml'] && { chatTemplate: chatTemplates['chatml'] }),
  }));
  return opened;
}

const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const texts = (id: string): object => ({
  id,
  promptText: 'Why?',
  chosenText: ' So.',
  rejectedText: ' No.',
  family: 'a',
  chosenScore: 1.5,
  rejectedScore: -0.5,
  margin: 2,
  chosenFinished: true,
  rejectedFinished: true,
});
const tokens = (id: string, owner: string): object => ({
  id,
  prompt: [1, 2],
  chosen: [3, 0],
  rejected: [4, 0],
  chosenLogProb: -1.5,
  rejectedLogProb: -2.25,
  ...texts(id),
  tokenizer: owner,
});

/** Pairs: of tokens as `ais label` writes them, taken as they are or tokenized again, and of text, with scores and without. */
export const pairs: FuzzTarget = filesTarget({
  name: 'pairs',
  share: 4,
  structured: 0.7,
  strange: [
    ...[[1, 2], [1e9], [-1], ['a'], [0.5], 'NaN', -0, 1e-4, { role: 'user', content: 'a' }],
    [{ role: 'user', content: 'Why?' }],
  ],
  async seeds() {
    const { tokenizer } = await modelText();
    const owner = tokenizer.fingerprint.slice(0, 16);
    const labeled = lines(['a', 'b', 'c'].map((id) => tokens(id, owner)));
    const written = lines(
      ['a', 'b'].map((id) => ({
        id,
        prompt: 'Why?',
        chosen: 'So.',
        rejected: 'No.',
        chosenReward: 1,
        rejectedReward: 0,
      })),
    );
    return [...[labeled, labeled, lines(['a', 'b'].map(texts)), written]].map((text) =>
      textFiles({ 'pairs.jsonl': text }),
    );
  },
  async read(directory, { base }) {
    await readPairs(join(directory, 'pairs.jsonl'), await modelText(), {
      lengths: LENGTHS,
      retokenize: base === 1,
      onWarning: () => {},
      ...(base === 3 && { numbers: ['chosenReward', 'rejectedReward'] }),
    });
  },
});

/** Responses with labels, good or bad. */
export const labels: FuzzTarget = filesTarget({
  name: 'labels',
  share: 4,
  structured: 0.7,
  strange: ['true', 1, 'good', [{ role: 'assistant', content: 'a' }], { label: true }],
  seeds: () => [
    textFiles({
      'labels.jsonl': lines([
        { prompt: 'Why?', completion: ' So.', label: true },
        { prompt: 'How?', completion: ' Thus.', label: false },
      ]),
    }),
    textFiles({ 'labels.json': [{ prompt: 'Why?', completion: ' So.', label: 1 }] }),
    textFiles({ 'labels.csv': 'prompt,completion,label\nWhy?, So.,True\nHow?, Thus.,False\n' }),
  ],
  async read(directory, { files }) {
    const [file = ''] = files.keys();
    await collectRecords(labeledSource(openRows(join(directory, file))));
  },
});
