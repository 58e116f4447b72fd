import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectRecords, comparisonSource, labeledSource, textSource } from '@ais/data';
import { createChatTemplate } from '@ais/data/chat';
import { jsonlRows } from '@ais/data/formats';
import { filesTarget } from '../files-target.js';
import { fileSeeds, fixturesOf } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const folder = fixturesOf('@ais/data');
const TEXTS = ['trl-lib-language-modeling', 'trl-lib-prompt-completion', 'sharegpt', 'tools'];
const LABELS = ['trl-lib-kto-mix-14k'];
const PAIRS = [
  ...['trl-lib-ultrafeedback_binarized', 'trl-lib-preference-explicit', 'Anthropic-hh-rlhf'],
  ...['HuggingFaceH4-ultrafeedback_binarized', 'Intel-orca_dpo_pairs'],
  ...['argilla-distilabel-capybara-dpo-7k-binarized', 'argilla-distilabel-intel-orca-dpo-pairs'],
  'argilla-distilabel-math-preference-dpo',
];
const SOURCES = [
  'trl-lib-tldr',
  'trl-lib-tldr-preference',
  'openai-comparisons',
  'oai-preprocessing-comparisons',
];
const SEEDS = [
  ...[...TEXTS, ...LABELS, ...PAIRS].map((name) => `conversations/${name}.jsonl`),
  ...SOURCES.map((name) => `sources/${name}.jsonl`),
];
const READERS = SEEDS.map((name) => {
  if (LABELS.some((each) => name.includes(each))) return labeledSource;
  return PAIRS.some((each) => name.includes(each)) || /preference|comparisons/.test(name)
    ? comparisonSource
    : textSource;
});

/** One that renders tools: rows whose tools a template leaves out are refused. */
const chatTemplate = createChatTemplate({
  name: 'chatml-tools',
  chat: readFileSync(join(folder, 'chat', 'chatml-tools.jinja'), 'utf8'),
});

/** Messages, and whatever else a reader of conversations may take for one. */
const STRANGE = [
  { role: 'user', content: 'a' },
  [{ role: 'assistant', content: '' }],
  { role: 'tool', content: null },
  { from: 'gpt', value: 'a' },
  [{ role: 'user', content: [{ type: 'text', text: 'a' }] }],
  ...['assistant', 'user', 'system', 'gpt', 'human', '\n\nHuman: a\n\nAssistant: b'],
];

/** Every format of conversations and of TRL: language modeling, prompt and completion, preference, labels, with tools. */
export const conversations: FuzzTarget = filesTarget({
  name: 'conversations',
  share: 5,
  structured: 0.7,
  strange: STRANGE,
  seeds: () => fileSeeds(folder, SEEDS),
  read(directory, { base, files }) {
    const [file = ''] = files.keys();
    const source = READERS[base] as typeof textSource;
    return collectRecords(source(jsonlRows(join(directory, file)), { chatTemplate }));
  },
});
