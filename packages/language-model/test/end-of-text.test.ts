import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CausalLanguageModel,
  createModel,
  createRewardModel,
  type LoadOptions,
  loadPretrained,
  loadRewardModel,
  savePretrained,
  saveRewardModel,
} from '../src/index.js';

const END = '<|endoftext|>';
const TURN = '<|im_end|>';
const OTHER = '</s>';
/** A vocabulary with three special tokens, of which more than one may end a text. */
const TOKENIZER = {
  added_tokens: [
    { id: 0, content: END },
    { id: 460, content: TURN },
    { id: 461, content: OTHER },
  ],
  model: { type: 'BPE', vocab: { '"': 2, a: 3, b: 4 }, merges: [] },
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'end-of-text-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A folder of a model that says each of the tokens 0, 2, 3, 460 and 461 with the same probability, whatever comes before. */
async function folder(files: Record<string, unknown>, config: Record<string, unknown>): Promise<string> {
  const to = await mkdtemp(join(directory, 'model-'));
  const model = createModel(
    { vocabularySize: 462, hiddenSize: 4, layerCount: 1, headCount: 1, rotaryFraction: 0.5 },
    { seed: 1 },
  );
  const assign = (name: string, values: tf.Tensor): void => {
    model.parameters.get(name)?.assign(values);
    values.dispose();
  };
  assign('gpt_neox.final_layer_norm.weight', tf.zeros([4]));
  assign('gpt_neox.final_layer_norm.bias', tf.ones([4]));
  const likely = new Set([0, 2, 3, 460, 461]);
  assign(
    'embed_out.weight',
    tf.tensor2d(Array.from({ length: 462 }, (_, token) => Array(4).fill(likely.has(token) ? 10 : -10))),
  );
  await savePretrained(model, to);
  model.dispose();
  await rm(join(to, 'generation_config.json'));
  const written = JSON.parse(await readFile(join(to, 'config.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(join(to, 'config.json'), JSON.stringify({ ...written, ...config }));
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(to, name), JSON.stringify(content));
  }
  return to;
}

async function load(
  from: string,
  options: LoadOptions = {},
): Promise<{ model: CausalLanguageModel; warnings: string[] }> {
  const warnings: string[] = [];
  const model = await loadPretrained(from, { onWarning: (message) => warnings.push(message), ...options });
  return { model, warnings };
}

/** The tokens that responses end with. */
async function lastTokens(model: CausalLanguageModel): Promise<number[]> {
  const responses = await model.generate([[3]], { maxNewTokens: 60, temperature: 1, samples: 40, seed: 1 });
  const ends = new Set(model.configuration.endOfTextTokens);
  for (const { tokens, finished } of responses) {
    const first = tokens.findIndex((token) => ends.has(token));
    expect(first).toBe(finished ? tokens.length - 1 : -1);
  }
  return [...new Set(responses.filter(({ finished }) => finished).map(({ tokens }) => tokens.at(-1)!))].sort(
    (a, b) => a - b,
  );
}

const readJson = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;

describe('one end of text', () => {
  it.each<[string, { files: Record<string, unknown>; eos: unknown; ends: number[]; warns: boolean }]>([
    [
      'the tokenizer names another token than config.json',
      {
        files: { 'tokenizer.json': TOKENIZER, 'tokenizer_config.json': { eos_token: TURN } },
        eos: 0,
        ends: [460, 0],
        warns: true,
      },
    ],
    [
      'config.json says null, and the tokenizer nothing',
      {
        files: { 'tokenizer.json': TOKENIZER, 'tokenizer_config.json': {} },
        eos: null,
        ends: [0],
        warns: true,
      },
    ],
    [
      'config.json has a list that includes the tokenizer’s',
      {
        files: { 'tokenizer.json': TOKENIZER, 'tokenizer_config.json': { eos_token: TURN } },
        eos: [0, 460, 461],
        ends: [460, 0, 461],
        warns: false,
      },
    ],
    [
      'generation_config.json has more',
      {
        files: {
          'tokenizer.json': TOKENIZER,
          'tokenizer_config.json': { eos_token: OTHER },
          'generation_config.json': { eos_token_id: [461, 460], top_k: 7 },
        },
        eos: 461,
        ends: [461, 460],
        warns: false,
      },
    ],
    ['there is no tokenizer', { files: {}, eos: [2, 461], ends: [2, 461], warns: false }],
    [
      'config.json says nothing, which stands for 2, and the tokenizer something',
      {
        files: { 'tokenizer.json': TOKENIZER, 'tokenizer_config.json': { eos_token: TURN } },
        eos: undefined,
        ends: [460],
        warns: true,
      },
    ],
    ['nobody says anything, which stands for 2', { files: {}, eos: undefined, ends: [2], warns: false }],
    ['nothing ends a text', { files: {}, eos: null, ends: [], warns: false }],
  ])('stops at every declared token if %s', async (_, { files, eos, ends, warns }) => {
    const from = await folder(files, { eos_token_id: eos });
    const { model, warnings } = await load(from);
    expect(model.configuration.endOfTextTokens).toEqual(ends);
    expect(await lastTokens(model)).toEqual([...ends].sort((a, b) => a - b));
    expect(warnings).toEqual(warns ? [expect.stringContaining(join(from, 'config.json'))] : []);
    if (warns) expect(warnings[0]).toContain(join(from, 'tokenizer_config.json'));

    // What is saved from here agrees in all files, and is read without a warning.
    const to = `${from}-saved`;
    await savePretrained(model, to);
    const id = ends.length > 1 ? ends : (ends[0] ?? null);
    expect(await readJson(join(to, 'config.json'))).toMatchObject({ eos_token_id: id });
    expect(await readJson(join(to, 'generation_config.json'))).toEqual({
      ...((files['generation_config.json'] as object | undefined) ?? { bos_token_id: 0 }),
      eos_token_id: id,
    });
    if ('tokenizer.json' in files) {
      const named = (await readJson(join(to, 'tokenizer_config.json')))['eos_token'];
      expect(TOKENIZER.added_tokens.find(({ content }) => content === named)?.id).toBe(ends[0]);
    }
    const again = await load(to);
    expect(again.model.configuration.endOfTextTokens).toEqual(ends);
    expect(again.warnings).toEqual([]);
    again.model.dispose();
    model.dispose();
  });

  it('leaves files that agree as they are', async () => {
    const from = await folder({}, { eos_token_id: 460 });
    const texts = {
      'tokenizer.json': JSON.stringify(TOKENIZER),
      'tokenizer_config.json': `{"eos_token":  "${TURN}", "model_max_length": 1e30}`,
      'generation_config.json': '{ "eos_token_id": 460 }',
    };
    for (const [name, text] of Object.entries(texts)) await writeFile(join(from, name), text);
    const { model } = await load(from);
    const to = `${from}-saved`;
    await savePretrained(model, to);
    for (const [name, text] of Object.entries(texts)) {
      expect(await readFile(join(to, name), 'utf8')).toBe(text);
    }
    model.dispose();
  });

  it('takes the tokenizer that it is given, at loading and at saving', async () => {
    const from = await folder({}, { eos_token_id: 0 });
    const { model, warnings } = await load(from, { tokenizer: { endOfTextToken: 461 } });
    expect(model.configuration.endOfTextTokens).toEqual([461, 0]);
    expect(warnings).toEqual([
      expect.stringContaining(`the tokenizer ends a text with token 461, but ${join(from, 'config.json')}`),
    ]);
    const tokenizer = await mkdtemp(join(directory, 'tokenizer-'));
    await writeFile(join(tokenizer, 'tokenizer.json'), JSON.stringify(TOKENIZER));
    await writeFile(join(tokenizer, 'tokenizer_config.json'), JSON.stringify({ eos_token: TURN }));
    const to = `${from}-saved`;
    await savePretrained(model, to, { tokenizer });
    expect(await readJson(join(to, 'config.json'))).toMatchObject({ eos_token_id: [460, 461, 0] });
    expect(await readJson(join(to, 'generation_config.json'))).toMatchObject({ eos_token_id: [460, 461, 0] });
    model.dispose();
  });

  it('refuses the tokenizer of another model, and files that cannot be read', async () => {
    const foreign = { added_tokens: [{ id: 462, content: TURN }] };
    const named = { 'tokenizer_config.json': { eos_token: TURN } };
    await expect(load(await folder({ 'tokenizer.json': foreign, ...named }, {}))).rejects.toMatchObject({
      code: 'tokenizer-mismatch',
      message: expect.stringContaining('<|im_end|> (462)'),
    });
    const from = await folder({ 'generation_config.json': { eos_token_id: 'x' } }, {});
    await expect(load(from)).rejects.toMatchObject({
      code: 'checkpoint-corrupt',
      file: join(from, 'generation_config.json'),
    });
  });

  it('leaves out what is no token of the model, in all files, and warns of it', async () => {
    // What transformers writes of a GPT-2 with a small vocabulary of its own.
    const ids = { bos_token_id: 50_256, eos_token_id: 50_256 };
    const from = await folder({ 'generation_config.json': ids }, ids);
    const { model, warnings } = await load(from);
    expect(model.configuration).toMatchObject({ startOfTextToken: null, endOfTextTokens: [] });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /config\.json .*eos_token_id 50256.*generation_config\.json .*eos_token_id 50256/,
    );
    await savePretrained(model, `${from}-saved`);
    expect(await readJson(join(`${from}-saved`, 'config.json'))).toMatchObject({ eos_token_id: null });
    const again = await load(`${from}-saved`);
    expect(again.warnings).toEqual([]);
    for (const one of [model, again.model]) one.dispose();
  });

  it('is the same for a reward model, which generates nothing', async () => {
    const from = await folder(
      { 'tokenizer.json': TOKENIZER, 'tokenizer_config.json': { eos_token: TURN } },
      { eos_token_id: 0 },
    );
    const { model } = await load(from);
    const rewardModel = createRewardModel(model, { seed: 1 });
    const to = `${from}-reward`;
    await saveRewardModel(rewardModel, to);
    expect(await readJson(join(to, 'config.json'))).toMatchObject({ eos_token_id: [460, 0] });
    await expect(readFile(join(to, 'generation_config.json'))).rejects.toThrow();
    const again = await loadRewardModel(to);
    expect(again.configuration.endOfTextTokens).toEqual([460, 0]);
    for (const one of [model, rewardModel, again]) one.dispose();
  });
});
