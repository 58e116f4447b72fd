import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { caseFolder } from './case-folder.js';
import { smallModel } from './small-model.js';

const { at, write, ais, answer } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];
const rows = Array.from({ length: 6 }, (_, n) => ({ prompt: `Lake ${n}?`, completion: ` Deep ${n}.` }));

/** Puts a number into a tensor of a model's file, once or everywhere. */
function spoil(model: string, tensor: string, value: number, everywhere = false): void {
  const path = at(model, 'model.safetensors');
  const bytes = readFileSync(path);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [from, to] = header[tensor]?.data_offsets ?? expect.fail(`there is no ${tensor}`);
  for (let offset = from; offset < (everywhere ? to : from + 4); offset += 4)
    bytes.writeFloatLE(value, start + offset);
  writeFileSync(path, bytes);
}

beforeAll(async () => {
  await smallModel(at('sound'));
  for (const [name, value] of Object.entries({
    nan: Number.NaN,
    infinite: Number.POSITIVE_INFINITY,
    negative: Number.NEGATIVE_INFINITY,
  })) {
    await smallModel(at(name));
    spoil(name, 'gpt_neox.final_layer_norm.bias', value);
  }
  // Finite, and so large that float32 overflows in the first block.
  await smallModel(at('huge'));
  spoil('huge', 'gpt_neox.layers.0.mlp.dense_h_to_4h.weight', 3e38, true);
});

const source = (): string => write('rows.jsonl', rows);
const training = ['--steps', '1', '--batch-size', '2', '--set', 'evaluation.points=0'];
const commands: readonly (readonly [string, (model: string, out: string) => string[]])[] = [
  ['sft', (model, out) => ['sft', '--model', at(model), '--source', source(), ...training, '--out', out]],
  [
    'reward',
    (model, out) => [
      'reward',
      '--model',
      at(model),
      '--pairs',
      pairs(),
      ...training.slice(0, 4),
      '--out',
      out,
    ],
  ],
  ['train', (model, out) => ['train', '--model', at(model), '--pairs', pairs(), ...training, '--out', out]],
  [
    'generate',
    (model, out) => [
      'generate',
      '--model',
      at(model),
      '--source',
      source(),
      '--set',
      'split=supervised',
      '--out',
      `${out}.jsonl`,
    ],
  ],
  [
    'evaluate',
    (model) => [
      'evaluate',
      '--model',
      at(model),
      '--source',
      source(),
      '--set',
      'data.heldOut=2',
      '--set',
      'klPrompts=0',
      '--max-response-tokens',
      '12',
    ],
  ],
  [
    'evaluate --reference',
    (model) => [
      'evaluate',
      '--model',
      at('sound'),
      '--reference',
      at(model),
      '--source',
      source(),
      '--set',
      'data.heldOut=2',
      '--set',
      'klPrompts=2',
      '--max-response-tokens',
      '12',
    ],
  ],
];
const pairs = (): string =>
  write(
    'pairs.jsonl',
    rows.map(({ prompt, completion }) => ({ prompt, chosen: completion, rejected: ' No.' })),
  );

describe.each(commands)('ais %s', (command, argv) => {
  test.each([
    ['nan', /model\.safetensors.*(NaN|not a number)/i],
    ['infinite', /model\.safetensors.*Infinity/],
    ['negative', /model\.safetensors.*-Infinity/],
    ['huge', /not finite|NaN|Infinity|overflow/],
  ])('refuses weights that are %s', async (model, message) => {
    const { status, said } = await ais(...argv(model, at(`${command}-${model}`)), ...backend);
    expect(status).not.toBe(0);
    expect(said).toMatch(message);
  });
});

test.each(['1e-5', '1e-7', '1e-12', '1e-300', '0'])('a temperature of %s is greedy', async (temperature) => {
  const texts = async (value: string, name: string): Promise<string> => {
    const out = at(name);
    await answer(
      ...['generate', '--model', at('sound'), '--source', source(), '--temperature', value, '--samples', '2'],
      ...['--set', 'split=supervised', '--max-response-tokens', '12', '--out', out, ...backend],
    );
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    return String(lines.map((line) => (JSON.parse(line) as { response: number[] }).response.join('.')));
  };
  expect(await texts(temperature, 'cold.jsonl')).toBe(await texts('0', 'greedy.jsonl'));
});

test.each(['NaN', '-1', 'Infinity', 'warm'])('a temperature of %s is refused', async (temperature) => {
  const { status, said } = await ais(
    ...[
      'generate',
      '--model',
      at('sound'),
      '--source',
      source(),
      '--temperature',
      temperature,
      '--out',
      at('never.jsonl'),
      ...backend,
    ],
  );
  expect(status).toBe(2);
  expect(said).toMatch(/temperature/);
});

test('a prompt that is too long is named by its id and line, or counted', async () => {
  const long = { id: 'the-long-one', prompt: `${'Lake. '.repeat(80)}?`, completion: ' Deep.' };
  const rowsWith = write('long.jsonl', [...rows, long]);
  const argv = [
    'sft',
    '--model',
    at('sound'),
    '--source',
    rowsWith,
    ...training,
    ...backend,
    '--max-prompt-tokens',
    '40',
  ];
  const refused = await ais(...argv, '--out', at('refused'));
  expect(refused.status).not.toBe(0);
  expect(refused.said).toMatch(/the-long-one/);
  expect(refused.said).toMatch(/line 7|long\.jsonl/);
  const dropped = await ais(...argv, '--set', 'data.longPrompts=drop', '--out', at('dropped'));
  expect(dropped.status, dropped.said).toBe(0);
  expect(dropped.said).toMatch(
    /1 records? dropped, whose prompt is longer than data\.maxPromptTokens \(40\)/,
  );
});
