import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const backend = (process.env['AIS_BACKEND'] ?? 'wasm') as 'wasm';
const root = mkdtempSync(join(tmpdir(), 'ais-conversations-'));
const at = (...parts: string[]): string => join(root, ...parts);
const output = capturedOutput();
const fixture = (name: string): string => new URL(`../../data/fixtures/${name}`, import.meta.url).pathname;
const read = (...parts: string[]): Record<string, unknown> => JSON.parse(readFileSync(at(...parts), 'utf8'));

/** Runs a command that succeeds, and returns its answer. */
async function answer(...argv: string[]): Promise<Record<string, unknown>> {
  output.out = '';
  expect(await runProgram([...argv, '--json']), output.err).toBe(0);
  return JSON.parse(output.out);
}

const plain = JSON.parse(readFileSync(fixture('tokenizer.json'), 'utf8')) as TokenizerJson;
const size = createTokenizer(plain).vocabularySize;
const SPECIAL = ['<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>'];
const [BOS, EOS, START, END] = SPECIAL.map((_, index) => size + index) as [number, number, number, number];
const user = (index: number) => ({ role: 'user', content: `What is ${index}?` });
const said = (content: string) => ({ role: 'assistant', content });
const lines = (count: number, row: (index: number) => object): string =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(row(index))}\n`).join('');

beforeAll(async () => {
  await useBackend(backend);
  // As Gemma's: texts end with <eos>, and turns with <end_of_turn>.
  const added = SPECIAL.map((content, index) => ({ id: size + index, content, special: true }));
  const tokenizer = createTokenizer(
    { ...plain, added_tokens: [...(plain.added_tokens ?? []), ...added] },
    {
      eos_token: '<eos>',
      bos_token: '<bos>',
      chat_template: readFileSync(fixture('chat/turns.jinja'), 'utf8'),
    },
  );
  const model = await createModel(
    {
      vocabularySize: size + SPECIAL.length,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      intermediateSize: 32,
      maxPositions: 256,
      endOfTextTokens: [EOS],
      paddingToken: null,
    },
    { seed: 1 },
  );
  await savePretrained(model, at('model'));
  await tokenizer.save(at('model'));
  model.dispose();
  writeFileSync(
    at('chats.jsonl'),
    lines(24, (index) => ({ messages: [user(index), said(`It is ${index}.`)] })),
  );
  writeFileSync(
    at('pairs.jsonl'),
    lines(24, (index) => ({
      chosen: [user(index), said(`It is ${index}.`)],
      rejected: [user(index), said('No idea.')],
      score_chosen: 2,
      score_rejected: 1,
    })),
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const steps = [
  ...['--steps', '2', '--batch-size', '4', '--seed', '1', '--backend', backend],
  ...[
    '--set',
    'data.maxPromptTokens=64',
    '--set',
    'data.maxResponseTokens=32',
    '--set',
    'evaluation.points=1',
  ],
  ...['--set', 'evaluation.prompts=2', '--set', 'evaluation.klPrompts=2'],
];

test('ais sft learns the answer and the end of its turn, and says so in every file', async () => {
  await answer('sft', '--model', at('model'), '--source', at('chats.jsonl'), '--out', at('sft'), ...steps);
  const checkpoint = ['sft', 'checkpoints', 'step-2'];
  expect(read(...checkpoint, 'text.json')['template']).toMatchObject({
    chat: expect.stringContaining('start_of_turn'),
  });
  expect(read(...checkpoint, 'tokenizer_config.json')['eos_token']).toBe('<end_of_turn>');
  for (const file of ['config.json', 'generation_config.json']) {
    expect(read(...checkpoint, file)['eos_token_id']).toEqual(expect.arrayContaining([EOS, END]));
  }
});

test('ais generate reads the template from the run, asks as it opens the answer, and stops where the turn ends', async () => {
  const out = at('responses.jsonl');
  const { responses } = await answer(
    ...['generate', '--model', at('sft'), '--out', out, '--prompts', '2', '--samples', '2', '--seed', '1'],
    ...['--source', at('chats.jsonl'), '--backend', backend, '--set', 'data.maxResponseTokens=64'],
  );
  expect(responses).toBe(4);
  const rows = readFileSync(out, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { prompt, promptText, response, finished } of rows) {
    expect(promptText).toMatch(
      /^<bos>\n?<start_of_turn>user\nWhat is \d+\?<end_of_turn>\n<start_of_turn>model\n$/,
    );
    expect([prompt[0], prompt.filter((token: number) => token === BOS).length]).toEqual([BOS, 1]);
    expect(prompt.filter((token: number) => token === START)).toHaveLength(2);
    if (finished) expect([EOS, END]).toContain(response.at(-1));
    expect(response.slice(0, -1)).not.toContain(END);
  }
});

test.each([
  ['a file', 'pairs.jsonl'],
  ['a prepared folder', 'prepared'],
])('ais train learns from %s', async (_, name) => {
  if (name === 'prepared') {
    await answer(
      'data',
      'build',
      '--source',
      at('pairs.jsonl'),
      '--kind',
      'comparisons',
      '--threads',
      '1',
      '--tokenizer',
      at('model'),
      '--out',
      at(name),
    );
    expect(read(name, 'tokenizer', 'tokenizer_config.json')['eos_token']).toBe('<end_of_turn>');
  }
  const { steps: done } = await answer(
    ...[
      'train',
      '--model',
      at('sft'),
      '--pairs',
      at(name),
      '--objective',
      'dpo',
      '--out',
      at(`dpo-${name}`),
      ...steps,
    ],
  );
  expect(done).toBe(2);
});

test('ais generate answers prompts alone', async () => {
  writeFileSync(
    at('prompts.jsonl'),
    lines(3, (index) => ({ prompt: [user(index)] })),
  );
  const flags = ['--source', at('prompts.jsonl'), '--prompts', '1', '--samples', '3'];
  const { responses } = await answer(
    ...['generate', '--model', at('sft'), '--out', at('alone.jsonl'), '--backend', backend, ...flags],
    ...['--set', 'data.maxResponseTokens=8'],
  );
  expect(responses).toBe(3);
});

test('ais reward and ais evaluate read conversations', async () => {
  await answer(
    'reward',
    '--model',
    at('sft'),
    '--pairs',
    at('pairs.jsonl'),
    '--out',
    at('reward'),
    ...steps.slice(0, -6),
  );
  const { metrics } = await answer(
    ...[
      'evaluate',
      '--model',
      at('sft'),
      '--source',
      at('chats.jsonl'),
      '--split',
      'evaluation',
      '--prompts',
      '2',
    ],
    ...['--scorer', at('reward'), '--backend', backend, '--set', 'data.maxResponseTokens=16'],
  );
  expect(metrics).toMatchObject({ eval_loss: expect.any(Number), eval_win_rate: expect.any(Number) });
});

test('ais data inspect shows the text as it is rendered, and what is in the loss', async () => {
  output.out = '';
  expect(
    await runProgram([
      'data',
      'inspect',
      at('chats.jsonl'),
      '--tokenizer',
      at('model'),
      '--examples',
      '1',
      '--no-color',
    ]),
    output.err,
  ).toBe(0);
  expect(output.out).toMatch(/prompt, \d+ tokens, not in the loss\n +<bos>·.*<start_of_turn>·/);
  expect(output.out).toMatch(/response, \d+ tokens, in the loss\n +▌ I·t·.*<end_of_turn>·\n/);
});

test('a template that is given by hand is saved for transformers', async () => {
  const [name, chat] = [
    at('mine.jinja'),
    '{% for m in messages %}{{ m.role }}: {{ m.content }}<eos>{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}',
  ];
  writeFileSync(name, chat);
  const source = ['--source', at('chats.jsonl'), '--chat-template', name, '--assistant-turns', 'each'];
  await answer('sft', '--model', at('model'), ...source, '--out', at('mine'), ...steps);
  expect(readFileSync(at('mine', 'checkpoints', 'step-2', 'chat_template.jinja'), 'utf8')).toBe(chat);
  expect(read('mine', 'checkpoints', 'step-2', 'text.json')).toMatchObject({
    template: { chat },
    assistantTurns: 'each',
  });
});

test('ais data import renders comparisons', async () => {
  const { pairs } = await answer(
    'data',
    'import',
    at('pairs.jsonl'),
    '--out',
    at('imported.jsonl'),
    '--chat-template',
    'chatml',
  );
  expect(pairs).toBe(24);
  const [first] = readFileSync(at('imported.jsonl'), 'utf8').split('\n', 1);
  expect(JSON.parse(first as string)).toMatchObject({
    prompt: '<|im_start|>user\nWhat is 0?<|im_end|>\n<|im_start|>assistant\n',
    chosen: 'It is 0.<|im_end|>\n',
  });
});

test('ais train learns from labeled responses, as conversations, with KTO', async () => {
  writeFileSync(
    at('feedback.jsonl'),
    lines(24, (index) => ({
      prompt: [user(index)],
      completion: [said(index % 2 === 0 ? `It is ${index}.` : 'No idea.')],
      label: index % 2 === 0,
    })),
  );
  const flags = ['--model', at('model'), '--pairs', at('feedback.jsonl'), '--objective', 'kto'];
  const { metrics } = await answer(
    'train',
    ...flags,
    '--set',
    'validationFraction=0.25',
    ...['--out', at('kto')],
    ...steps,
  );
  expect(metrics).toMatchObject({ kl: expect.any(Number), 'rewards/margins': expect.any(Number) });
  expect(read('kto', 'config.json')).toMatchObject({
    stage: 'unpaired',
    data: { rows: 18 },
    objective: { name: 'kto' },
  });
  const own = ['--model', at('model'), '--pairs', at('feedback.jsonl'), '--out', at('refused'), ...steps];
  output.err = '';
  expect(await runProgram(['train', ...own])).toBe(2);
  expect(output.err).toMatch(/feedback\.jsonl has unpaired preferences .*--objective kto/);
});

test.each([
  ['pairs', 'dpo', 'prompt,chosen,rejected', (index: number) => `What is ${index}?,It is ${index}.,No idea.`],
  [
    'labeled responses',
    'kto',
    'prompt,completion,label',
    (index: number) => `What is ${index}?,It is ${index}.,${index % 2 === 0}`,
  ],
])(
  'what ais train takes for messages of %s, ais evaluate and ais generate do, too',
  async (_, objective, header, row) => {
    const [file, run] = [at(`plain-${objective}.csv`), at(`plain-${objective}`)];
    writeFileSync(file, [header, ...Array.from({ length: 24 }, (_, index) => row(index))].join('\n'));
    const flags = ['--model', at('model'), '--pairs', file, '--objective', objective, '--template', 'chat'];
    await answer('train', ...flags, '--set', 'validationFraction=0.25', '--out', run, ...steps);
    const message = /^<bos>\n?<start_of_turn>user\nWhat is \d+\?<end_of_turn>\n<start_of_turn>model\n$/;
    const { samples, metrics } = await answer(
      ...['evaluate', '--model', run, '--prompts', '2', '--kl-prompts', '0', '--backend', backend],
    );
    expect(samples).toHaveLength(2);
    for (const { prompt } of samples as { prompt: string }[]) expect(prompt).toMatch(message);
    // What the run measured at its end.
    const atEnd = read(`plain-${objective}`, 'evaluations', 'step-2.json')['metrics'] as {
      eval_loss: number;
    };
    expect((metrics as typeof atEnd).eval_loss).toBeCloseTo(atEnd.eval_loss, 5);
    writeFileSync(at('questions.csv'), 'question,answer\nWhat is 1?,It is 1.\nWhat is 2?,It is 2.\n');
    const out = at(`plain-${objective}.jsonl`);
    await answer(
      ...['generate', '--model', run, '--source', at('questions.csv'), '--prompts', '1', '--samples', '1'],
      ...['--held-out', '0', '--backend', backend, '--out', out],
    );
    expect(JSON.parse(readFileSync(out, 'utf8')).promptText).toMatch(message);
  },
);

test('a template other than chat renders pairs without a source, and is kept for later commands', async () => {
  writeFileSync(
    at('named.csv'),
    [
      'question,chosen,rejected',
      ...Array.from({ length: 24 }, (_, index) => `${index}?,It is ${index}.,No.`),
    ].join('\n'),
  );
  writeFileSync(at('mine.yaml'), 'prompt: "Asked: {question}"\nresponse: " {answer}"\n');
  const flags = ['--model', at('model'), '--pairs', at('named.csv'), '--template', at('mine.yaml')];
  await answer('train', ...flags, '--set', 'validationFraction=0.25', '--out', at('named'), ...steps);
  expect(read('named', 'checkpoints', 'step-2', 'text.json')['template']).toMatchObject({
    prompt: 'Asked: {question}',
  });
  const { samples } = await answer(
    ...['evaluate', '--model', at('named'), '--prompts', '1', '--kl-prompts', '0', '--backend', backend],
  );
  expect(samples).toMatchObject([{ prompt: expect.stringMatching(/^Asked: \d+\?$/) }]);
  output.err = '';
  const wrong = ['--template', 'tldr', '--out', at('refused'), ...steps];
  expect(await runProgram(['train', ...flags.slice(0, 4), ...wrong])).toBe(1);
  expect(output.err).toMatch(/named\.csv.*expected the columns/);
});

test('ais train learns from the scores of pairs with REBEL, wherever the columns are', async () => {
  const flags = ['--model', at('model'), '--pairs', at('pairs.jsonl'), '--objective', 'rebel'];
  await answer('train', ...flags, '--out', at('rebel'), ...steps, '--set', 'evaluation.points=0');
  expect(read('rebel', 'config.json')).toMatchObject({ stage: 'preference', objective: { name: 'rebel' } });
  output.err = '';
  const wrong = ['--columns', 'chosenReward=stars', '--out', at('refused'), ...steps];
  expect(await runProgram(['train', ...flags, ...wrong])).toBe(2);
  expect(output.err).toMatch(/has no column chosenReward, which the objective reads of each pair/);
});

test.each([
  [
    'unpaired preferences',
    ['--source', fixture('conversations/trl-lib-kto-mix-14k.jsonl')],
    /unpaired preferences.*Use pairs/,
  ],
  [
    'a template that there is not',
    ['--source', at('chats.jsonl'), '--chat-template', 'alpaca'],
    /no chat template "alpaca"/,
  ],
])('%s are refused before anything is written', async (_, flags, message) => {
  output.err = '';
  expect(await runProgram(['sft', '--model', at('model'), ...flags, '--out', at('refused'), ...steps])).toBe(
    2,
  );
  expect(output.err).toMatch(message);
});
