import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComparisonRecord, openSource, type Source } from '@ais/data';
import { type ChatTemplate, chatTemplates, createChatTemplate, withTemplateVariables } from '@ais/data/chat';
import { openPreparedDataset, prepareDataset } from '@ais/data/prepared';
import { trainTokenizer } from '@ais/data/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CorpusRequest } from './corpus-request.js';
import type { Lengths } from './counted-lengths.js';
import type { ModelText } from './model-text.js';
import { preparedCorpus, preparedPairs } from './prepared-folder.js';

const lengths: Lengths = {
  maxPromptTokens: 64,
  maxResponseTokens: 64,
  longPrompts: 'error',
  longResponses: 'cut',
};
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-prepared-'));
  const records: ComparisonRecord[] = Array.from({ length: 40 }, (_, index) => ({
    id: `${index}`,
    prompt: `Question ${index}: ${'why '.repeat(index)}?`,
    cut: [0, 12 + 4 * index],
    chosen: ` because of ${index}`,
    rejected: ' so',
    ...(index % 3 === 0 && { family: `family ${index % 4}` }),
  }));
  const source: Source<ComparisonRecord> = {
    name: 'questions',
    async *records() {
      yield* records;
    },
  };
  await prepareDataset({
    kind: 'comparisons',
    source,
    tokenizer: await trainTokenizer(
      records.map(({ prompt, chosen }) => prompt + chosen),
      { vocabularySize: 300 },
    ),
    directory: join(folder, 'set'),
    maxPromptTokens: 32,
    splits: { train: 0.8, validation: 0.2 },
    threads: 1,
  });
});
afterAll(() => rm(folder, { recursive: true }));

const rowsOf = async (split: string) => {
  const prepared = await openPreparedDataset(join(folder, 'set'), { kind: 'comparisons' });
  const rows: { record: ComparisonRecord; example: Awaited<ReturnType<typeof examples>>[number] }[] = [];
  const examples = () => prepared.split(split).examples();
  for await (const row of prepared.split(split).rows()) rows.push(row);
  return { rows, tokenizer: await prepared.tokenizer() };
};

describe('a prepared folder', () => {
  it('gives the pairs of its files, in any order', async () => {
    const { rows, tokenizer } = await rowsOf('train');
    const { content } = await preparedPairs(join(folder, 'set'), { tokenizer }, lengths);
    const expected = rows.map(({ example }) => {
      const { truncated: _, responseTruncated: __, boundaryMerged: ___, ...pair } = example;
      return pair;
    });
    expect([...content.pairs]).toEqual(expected);
    expect(content.pairs.at(rows.length - 1)).toEqual(expected.at(-1));
    expect(content.heldOut?.length).toBe(40 - rows.length);
  });

  it('gives a corpus whose texts are those of its files, read when they are asked for', async () => {
    const { rows, tokenizer } = await rowsOf('train');
    const request = {
      source: join(folder, 'set'),
      wanted: { supervised: 'all', preference: { atMost: 5 } },
      sizes: { supervised: 1, reward: 1, preference: 1, evaluation: 1 },
      lengths,
      seed: 1,
    } as const;
    const { content } = await preparedCorpus(request, { tokenizer });
    const { supervised, preference } = content.splits;
    const expected = rows.map(({ record, example }) => ({
      id: record.id,
      promptText: example.truncated ? tokenizer.decode(example.prompt) : record.prompt,
      ...(example.truncated && { wholePrompt: record.prompt }),
      responseText: record.chosen,
      ...(record.family !== undefined && { family: record.family }),
      prompt: example.prompt,
      response: example.chosen,
    }));
    expect(expected.some(({ wholePrompt }) => wholePrompt !== undefined)).toBe(true);
    // As text too, since that is how corpora are kept and compared.
    expect([...supervised].map((example) => JSON.stringify(example))).toEqual(
      expected.map((example) => JSON.stringify(example)),
    );
    expect([...preference].map(({ id }) => id)).toEqual(expected.slice(0, 5).map(({ id }) => id));
    const tokens = (of: 'prompt' | 'response'): number =>
      [...expected, ...expected.slice(0, 5)].reduce((sum, example) => sum + example[of].length, 0);
    expect(content.summary).toMatchObject({
      records: rows.length + 5,
      meanPromptTokens: tokens('prompt') / (rows.length + 5),
      meanResponseTokens: tokens('response') / (rows.length + 5),
    });
  });
});

describe('a prepared folder of conversations', () => {
  const chat = '{% for m in messages %}{{ m.content }}{{ end }}{% endfor %}';
  const plain = createChatTemplate({ name: 'mine', chat });
  const dots = withTemplateVariables(plain, { end: '.' });
  const requestOf = (source: string): CorpusRequest => ({
    source,
    wanted: { supervised: 'all' },
    seed: 1,
    sizes: { supervised: 0, reward: 0, preference: 0, evaluation: 0 },
    lengths,
  });
  const prepared = async (name: string, chatTemplate: ChatTemplate): Promise<string> => {
    const [rows, directory] = [join(folder, `${name}.jsonl`), join(folder, name)];
    const answer = (content: string) => [{ role: 'assistant', content }];
    const lines = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify({
        prompt: [{ role: 'user', content: `What is ${index}` }],
        chosen: answer(`It is ${index}`),
        rejected: answer('No'),
      }),
    );
    await writeFile(rows, lines.join('\n'));
    const { tokenizer } = await rowsOf('train');
    const { source } = openSource(rows, { kind: 'comparisons', chatTemplate });
    await prepareDataset({ kind: 'comparisons', source, tokenizer, directory, threads: 1 });
    return directory;
  };

  it('is of its variables: a model that learned conversations with others does not read it', async () => {
    const { tokenizer } = await rowsOf('train');
    const set = await prepared('dots', dots);
    const text = (template: ChatTemplate): ModelText => ({ tokenizer, template, chatTemplate: template });
    const { content } = await preparedPairs(set, text(dots), lengths);
    expect(tokenizer.decode(content.pairs.at(0)!.prompt)).toMatch(/^What is \d+\.$/);
    for (const [template, found] of [
      [plain, 'unset'],
      [withTemplateVariables(plain, { end: '!' }), '"!"'],
    ] as const) {
      const message = `dots was rendered with end ".", and end is ${found} here (templateVariables)`;
      const error = { code: 'invalid-setting', message: expect.stringContaining(message) };
      await expect(preparedPairs(set, text(template), lengths)).rejects.toMatchObject(error);
      await expect(preparedCorpus(requestOf(set), text(template))).rejects.toMatchObject(error);
    }
    // A model that has learned no conversations learns them as the folder has them; so does one that learned them in another template.
    for (const model of [{ tokenizer }, text(chatTemplates.chatml)]) {
      await preparedPairs(set, model, lengths);
      const { content: corpus } = await preparedCorpus(requestOf(set), model);
      expect(corpus.template?.fingerprint).toBe(dots.fingerprint);
    }
  });

  it('does not take variables that it was not rendered with, where no model has them', async () => {
    const set = await prepared('plain', plain);
    const reading = (templateVariables?: CorpusRequest['templateVariables']) =>
      preparedCorpus({ ...requestOf(set), templateVariables }, undefined);
    await expect(reading({ end: '.' })).rejects.toThrow(/plain was rendered with end unset, and end is "\."/);
    expect((await reading()).content.template?.fingerprint).toBe(plain.fingerprint);
  });
});
