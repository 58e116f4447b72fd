import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { templates } from '@ais/data';
import { chatTemplates, createChatTemplate } from '@ais/data/chat';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { characterTokenizer as tokenizer } from '../../test/character-tokenizer.js';
import { textLengths } from '../../test/text-lengths.js';
import type { Lengths } from '../corpus/counted-lengths.js';
import { type ModelText, tokenOwner } from '../corpus/model-text.js';
import type { ReadPairsOptions } from './preference-pairs.js';
import { readPairs } from './read-pairs.js';

const text = { tokenizer };

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-pairs-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function readFile(path: string, more: Partial<ReadPairsOptions> = {}) {
  const remarks: string[] = [];
  const found = await readPairs(path, text, {
    lengths: { maxPromptTokens: 60, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'cut' },
    retokenize: false,
    onWarning: (remark) => remarks.push(remark.replace(`${path}: `, '')),
    ...more,
  });
  return { ...found, remarks };
}

async function read(rows: readonly unknown[], more: Partial<ReadPairsOptions> = {}) {
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'));
  return readFile(path, more);
}

it.each([
  ['"id":{"toString":1}', 'field "id": expected text or a number, got {"toString":1}'],
  ['"chosenLogProb":[12345678901234567890]', 'a finite number ≤ 0, got ["12345678901234567890"]'],
])('rows of tokens with %s are refused in words', async (wrong, message) => {
  const row = `{"prompt":[1],"chosen":[2],"rejected":[3],"rejectedLogProb":-1,${wrong}}`;
  await expect(read([row])).rejects.toThrow(message);
});

describe('pairs as text', () => {
  it('are messages to a model with a chat template, where that is asked for', async () => {
    const path = join(folder, 'pairs.csv');
    await writeFile(path, 'prompt,chosen,rejected\nab,c,d\n');
    const options = { lengths: textLengths, template: 'chat', retokenize: false, onWarning: () => undefined };
    const chatTemplate = chatTemplates['chatml']!;
    const { pairs } = await readPairs(path, { tokenizer, chatTemplate }, options);
    expect(tokenizer.decode(pairs.at(0)!.prompt)).toBe(
      '<|im_start|>user\nab<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(tokenizer.decode(pairs.at(0)!.chosen)).toContain('c<|im_end|>');
    await expect(readPairs(path, text, options)).rejects.toThrow('--chat-template chatml');
  });

  it('are rendered by the template that is asked for, or that the model has', async () => {
    const asked = { prompt: '[{prompt}]', response: '<{answer}>' };
    const rows = [{ prompt: 'ab', chosen: 'c', rejected: 'd' }];
    const { pairs } = await read(rows, { template: asked });
    expect(tokenizer.decode(pairs.at(0)!.prompt)).toBe('[ab]');
    expect(tokenizer.decode(pairs.at(0)!.chosen)).toBe('<c>\0');
    await expect(read(rows, { template: 'question-answer' })).rejects.toThrow(
      /expected the columns .*question.*\(--pair-columns question=a,chosen=b,rejected=c\).*\(--pair-template\)/,
    );
    await expect(read(rows, { template: 'question' })).rejects.toThrow(/There is no template "question"/);
  });

  it('have the columns of the source that the file has too, and no others', async () => {
    const template = templates['question-answer']!;
    const sourceColumns = { question: 'Asked', answer: 'Said' };
    const row = { chosen: 'c', rejected: 'd' };
    const path = join(folder, 'pairs.jsonl');
    const reading = async (rows: readonly object[], more: Partial<ReadPairsOptions> = {}) => {
      await writeFile(path, rows.map((each) => JSON.stringify(each)).join('\n'));
      const { pairs } = await readPairs(
        path,
        { tokenizer, template },
        {
          lengths: { maxPromptTokens: 60, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'cut' },
          sourceColumns,
          retokenize: false,
          onWarning: () => undefined,
          ...more,
        },
      );
      return tokenizer.decode(pairs.at(0)!.prompt);
    };
    expect(await reading([{ Asked: 'ab', Said: 'x', ...row }])).toBe('Question: ab\nAnswer:');
    expect(await reading([{ question: 'ab', ...row }])).toBe('Question: ab\nAnswer:');
    expect(await reading([{ Asked: 'no', q: 'ab', ...row }], { columns: { question: 'q' } })).toBe(
      'Question: ab\nAnswer:',
    );
    await expect(reading([{ question: 'ab', ...row }], { columns: { answer: 'Said' } })).rejects.toThrow(
      /there is no field "answer"/,
    );
    const tokens = { prompt: [1], chosen: [2], rejected: [3] };
    expect(await reading([tokens], { columns: {} })).toBe('\u0001');
  });

  it('are taken as they are where the model’s own template reads other columns, which is said', async () => {
    const template = templates['question-answer']!;
    const path = join(folder, 'plain.csv');
    await writeFile(path, 'prompt,chosen,rejected\nab,c,d\n');
    const remarks: string[] = [];
    const options: ReadPairsOptions = {
      lengths: { maxPromptTokens: 60, maxResponseTokens: 20, longPrompts: 'drop', longResponses: 'cut' },
      retokenize: false,
      onWarning: (remark) => remarks.push(remark),
    };
    for (const own of [undefined, template.toJSON()]) {
      remarks.length = 0;
      const { pairs } = await readPairs(
        path,
        { tokenizer, template },
        { ...options, ...(own && { template: own }) },
      );
      expect(tokenizer.decode(pairs.at(0)!.prompt)).toBe('ab');
      expect(remarks).toEqual([
        `${path}: prompt, chosen, rejected are taken as they are (prompt-completion): the model's template question-answer reads other columns. ` +
          "To have the model's template render them, name its columns (--pair-columns question=prompt).",
      ]);
    }
    // What the notice says to do is true.
    const { pairs } = await readPairs(
      path,
      { tokenizer, template },
      { ...options, columns: { question: 'prompt' } },
    );
    expect(tokenizer.decode(pairs.at(0)!.prompt)).toBe('Question: ab\nAnswer:');
    for (const asked of ['question-answer', { prompt: '{asked}', response: '{said}' }]) {
      await expect(readPairs(path, { tokenizer, template }, { ...options, template: asked })).rejects.toThrow(
        /expected the columns/,
      );
    }
  });

  it('are tokenized as they are: no space is added or removed', async () => {
    const { pairs, behavior, remarks } = await read([
      { prompt: 'ab', chosen: ' c', rejected: 'd ' },
      { prompt: 'ab', chosen: 'c', rejected: 'c' },
    ]);
    expect(pairs).toMatchObject([{ id: '1', prompt: [97, 98], chosen: [32, 99, 0], rejected: [100, 32, 0] }]);
    expect(behavior).toBeUndefined();
    expect(remarks).toEqual([expect.stringContaining('1 pair left out: identical')]);
  });

  it('have no log-probabilities, unless they are not read', async () => {
    const row = { prompt: 'ab', chosen: ' c', rejected: 'd', chosenLogProb: -1 };
    await expect(read([row])).rejects.toThrow(/log-probabilities belong to tokens, and this row has text/);
    const { pairs, behavior } = await read([row], { logProbs: false });
    expect(pairs).toHaveLength(1);
    expect(behavior).toBeUndefined();
  });

  it('are counted where something was cut or left out, with the setting responsible', async () => {
    const lengths: Lengths = {
      maxPromptTokens: 3,
      maxResponseTokens: 4,
      longPrompts: 'drop',
      longResponses: 'cut',
    };
    const { pairs, remarks } = await read(
      [
        { prompt: 'abcd', chosen: 'e', rejected: 'f' },
        { prompt: 'abc', chosen: 'efghi', rejected: 'xyz' },
        { prompt: 'abc', chosen: 'xyzefg', rejected: 'xyzhij' },
      ],
      { lengths },
    );
    expect([...pairs].map(({ chosen, rejected }) => [chosen.length, rejected.length])).toEqual([[4, 4]]);
    expect(remarks).toEqual([
      '1 pair left out, whose responses have the same tokens.',
      '1 pair dropped, whose prompt is longer than data.maxPromptTokens (3) and cannot be shortened (data.longPrompts).',
      '1 pair with a response that was cut: longer than data.maxResponseTokens (4) (data.longResponses).',
      expect.stringMatching(/^The first that was dropped: Record 1 \(.*line 1\)/),
    ]);
    const dropped = await read(
      [
        { prompt: 'abc', chosen: 'efghi', rejected: 'xyz' },
        { prompt: 'abc', chosen: 'e', rejected: 'f' },
      ],
      { lengths: { ...lengths, longResponses: 'drop' } },
    );
    expect([...dropped.pairs].map(({ id }) => id)).toEqual(['2']);
    expect(dropped.remarks).toEqual([
      '1 pair dropped, whose response is longer than data.maxResponseTokens (4) (data.longResponses).',
    ]);
    const refused = read([{ prompt: 'abcd', chosen: 'e', rejected: 'f' }], {
      lengths: { ...lengths, longPrompts: 'error' },
    });
    await expect(refused).rejects.toThrow(/Record 1 \(.*line 1\) has a prompt of 4 tokens/);
  });
});

describe('pairs as tokens', () => {
  const row = { id: 'x', prompt: [1], chosen: [2], rejected: [3, 0] };

  it('are read as they are, with the log-probabilities of the policy that wrote them', async () => {
    const { pairs, behavior } = await read([{ ...row, chosenLogProb: -1.5, rejectedLogProb: -2.5 }]);
    expect(pairs).toEqual([row]);
    expect(behavior).toEqual({ chosen: [-1.5], rejected: [-2.5] });
  });

  it('are in the columns that were named by hand, unless these are of other text', async () => {
    const columns = { prompt: 'question', rejected: 'worse', chosenLogProb: 'better_log_prob' };
    const renamed = { id: 'x', question: [1], chosen: [2], worse: [3, 0], rejectedLogProb: -2.5 };
    const { pairs, behavior } = await read([{ ...renamed, better_log_prob: -1.5 }], { columns });
    expect(pairs).toEqual([row]);
    expect(behavior).toEqual({ chosen: [-1.5], rejected: [-2.5] });
    expect((await read([row], { columns })).pairs).toEqual([row]);
    await expect(read([renamed], { columns })).rejects.toThrow(/field "better_log_prob": it is missing/);
    await expect(read([{ ...renamed, worse: 'text' }], { columns })).rejects.toThrow(/field "worse"/);
  });

  it('are refused where some rows lack log-probabilities that others have, naming the row', async () => {
    const complete = await readFile(fixture('all-log-probs.jsonl'));
    expect(complete.behavior?.chosen).toHaveLength(complete.pairs.length);
    const missing = readFile(fixture('one-log-prob-missing.jsonl'));
    await expect(missing).rejects.toThrow(
      /line \d+, field "chosenLogProb": it is missing, and other rows have it/,
    );
    const unused = await readFile(fixture('one-log-prob-missing.jsonl'), { logProbs: false });
    expect(unused.behavior).toBeUndefined();
    await expect(read([{ ...row, chosenLogProb: -1, rejectedLogProb: null }])).rejects.toThrow(
      /line 1, field "rejectedLogProb"/,
    );
    await expect(read([{ ...row, chosenLogProb: 'low', rejectedLogProb: -1 }])).rejects.toThrow(
      /expected a log-probability, a finite number ≤ 0, got "low"/,
    );
    // A probability, or a loss, is not a log-probability.
    await expect(read([{ ...row, chosenLogProb: -2, rejectedLogProb: 1.5 }])).rejects.toThrow(
      /line 1, field "rejectedLogProb": expected a log-probability, a finite number ≤ 0, got 1\.5/,
    );
  });

  it('are refused where they are of another tokenizer, or tokenized again where that was asked for', async () => {
    const owner = tokenOwner(text);
    expect((await read([{ ...row, ...owner }])).pairs).toEqual([row]);
    const foreign = {
      ...row,
      tokenizer: 'beefbeefbeefbeef',
      promptText: 'ab',
      chosenText: ' c',
      rejectedText: 'd',
      rejectedFinished: false,
    };
    await expect(read([foreign])).rejects.toThrow(
      /line 1: its tokens are of the tokenizer beef.*f00d.*--retokenize/,
    );
    const { pairs, remarks } = await read([foreign], { retokenize: true });
    expect(pairs).toEqual([{ id: 'x', prompt: [97, 98], chosen: [32, 99, 0], rejected: [100] }]);
    expect(remarks).toEqual([expect.stringContaining('1 pair whose text was tokenized again')]);
  });

  it('are counted where some lack an optional column that others have', async () => {
    const { remarks } = await read([
      { ...row, family: 'f', ...tokenOwner(text) },
      row,
      { ...row, family: null },
    ]);
    expect(remarks).toEqual([
      '2 of 3 pairs have no family, but the others do. Only their prompt keeps them on one side of a split.',
      "2 of 3 pairs have no tokenizer, but the others do. Their tokens are taken to be the model's.",
    ]);
  });

  it('were rendered with other variables than the model answers with: that is said', async () => {
    const chat = '{% for m in messages %}{{ m.content }}{{ end }}{% endfor %}';
    const ending = (end: string): ModelText => ({
      tokenizer,
      template: createChatTemplate({ name: 'mine', chat, variables: { end } }),
    });
    const rows = [{ ...row, ...tokenOwner(ending('.')) }, { ...row, ...tokenOwner(ending('!')) }, row];
    const path = join(folder, 'tokens.jsonl');
    await writeFile(path, rows.map((each) => JSON.stringify(each)).join('\n'));
    const remarksOf = async (model: ModelText): Promise<string[]> => {
      const remarks: string[] = [];
      const onWarning = (remark: string) => remarks.push(remark);
      await readPairs(path, model, { lengths: textLengths, retokenize: false, onWarning });
      return remarks.filter((remark) => remark.includes('rendered'));
    };
    expect(await remarksOf(ending('.'))).toEqual([
      expect.stringMatching(
        /tokens\.jsonl: 1 of 3 pairs were not rendered .*{"end":"\."}.*--template-variables/,
      ),
    ]);
    const plain = createChatTemplate({ name: 'mine', chat });
    expect(await remarksOf({ tokenizer, template: plain })).toEqual([]);
    expect(await remarksOf(text)).toEqual([]);
  });

  it.each([
    [[{ ...row, chosen: [500] }], /line 2, field "chosen": expected tokens from 0 to 127/],
    [[{ ...row, chosen: 'b' }], /line 2, field "chosen"/],
  ])('name the row and the field that are wrong: %j', async (wrong, message) => {
    await expect(read([row, ...wrong])).rejects.toThrow(message);
  });
});

it.each([
  [{ prompt: 'a', chosen: 'b' }, /line 2, field "rejected"/],
  [{ prompt: [1], chosen: 'b', rejected: 'c' }, /line 2, field "prompt"/],
  ['{', /line 2/],
])('names the line and the field that are wrong: %j', async (row, message) => {
  await expect(read([{ prompt: 'a', chosen: 'b', rejected: 'c' }, row])).rejects.toThrow(message);
});

it('refuses log-probabilities of text, and a file without pairs', async () => {
  await expect(read([{ prompt: 'a', chosen: 'b', rejected: 'c', chosenLogProb: -1 }])).rejects.toThrow(
    /chosenLogProb": log-probabilities belong to tokens/,
  );
  const later = [
    { prompt: 'a', chosen: 'b', rejected: 'c' },
    { prompt: 'd', chosen: 'e', rejected: 'f', rejectedLogProb: -1 },
  ];
  await expect(read(later)).rejects.toThrow(
    /line 2, field "rejectedLogProb": log-probabilities belong to tokens/,
  );
  await expect(read([''])).rejects.toThrow(/has no pairs/);
});
