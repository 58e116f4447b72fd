import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const backend = (process.env['AIS_BACKEND'] ?? 'wasm') as 'wasm';
const root = mkdtempSync(join(tmpdir(), 'ais-template-variables-'));
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

/** Runs a command that is refused, and returns what it says. */
async function refusal(...argv: string[]): Promise<string> {
  output.err = '';
  expect(await runProgram(argv)).toBe(2);
  return output.err;
}

const SPECIAL = ['<|im_start|>', '<|im_end|>'];
/** The end of a prompt with and without thoughts. */
const [THINKING, THOUGHTLESS] = [/assistant\n$/, /assistant\n<think>\n\n<\/think>\n\n$/];
const OFF = ['--template-variables', 'enable_thinking=false'];
const ON = ['--template-variables', 'enable_thinking=true'];

beforeAll(async () => {
  await useBackend(backend);
  const plain = JSON.parse(readFileSync(fixture('tokenizer.json'), 'utf8')) as TokenizerJson;
  const size = createTokenizer(plain).vocabularySize;
  const added = SPECIAL.map((content, index) => ({ id: size + index, content, special: true }));
  const tokenizer = createTokenizer(
    { ...plain, added_tokens: [...(plain.added_tokens ?? []), ...added] },
    { eos_token: '<|im_end|>', chat_template: readFileSync(fixture('chat/thinking.jinja'), 'utf8') },
  );
  const model = await createModel(
    {
      vocabularySize: size + SPECIAL.length,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      intermediateSize: 32,
      maxPositions: 256,
      endOfTextTokens: [size + 1],
      paddingToken: null,
    },
    { seed: 1 },
  );
  await savePretrained(model, at('model'));
  await tokenizer.save(at('model'));
  model.dispose();
  const said = (content: string) => ({ role: 'assistant', content });
  const lines = (row: (asked: object, index: number) => object): string =>
    Array.from({ length: 24 }, (_, index) =>
      JSON.stringify(row({ role: 'user', content: `What is ${index}?` }, index)),
    ).join('\n');
  writeFileSync(
    at('chats.jsonl'),
    lines((asked, index) => ({ messages: [asked, said(`It is ${index}.`)] })),
  );
  writeFileSync(
    at('pairs.jsonl'),
    lines((asked, index) => ({ chosen: [asked, said(`It is ${index}.`)], rejected: [asked, said('No.')] })),
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const lengths = ['--set', 'data.maxPromptTokens=96', '--set', 'data.maxResponseTokens=32'];
const sft = (out: string, ...more: string[]): string[] => [
  ...['sft', '--source', at('chats.jsonl'), '--out', at(out), '--batch-size', '4', '--backend', backend],
  ...['--steps', '2', '--set', 'evaluation.points=0', ...lengths, ...more],
];
const textOf = (run: string): unknown => read(run, 'checkpoints', 'step-2', 'text.json')['template'];
const without = { enable_thinking: false };

/** The prompt that a model is asked by `ais generate`. */
async function promptOf(model: string, ...more: string[]): Promise<string> {
  const out = at('responses.jsonl');
  await answer(
    ...['generate', '--model', at(model), '--source', at('chats.jsonl'), '--prompts', '1', '--samples', '1'],
    ...['--out', out, '--backend', backend, ...lengths, ...more],
  );
  return JSON.parse(readFileSync(out, 'utf8')).promptText;
}

describe('variables of a chat template', () => {
  test('are kept with the model that was trained with them, for every command that follows', async () => {
    await answer(...sft('sft', '--model', at('model'), ...OFF));
    expect(textOf('sft')).toMatchObject({ variables: without });
    expect(await promptOf('sft')).toMatch(THOUGHTLESS);
    await answer(
      ...['train', '--model', at('sft'), '--pairs', at('pairs.jsonl'), '--out', at('dpo'), '--steps', '2'],
      ...['--batch-size', '4', '--backend', backend, '--set', 'evaluation.points=0', ...lengths],
    );
    expect(textOf('dpo')).toMatchObject({ variables: without });
    const { samples } = await answer(
      ...['evaluate', '--model', at('dpo'), '--prompts', '1', '--kl-prompts', '0', '--backend', backend],
    );
    expect(samples).toMatchObject([{ prompt: expect.stringMatching(THOUGHTLESS) }]);
    // The model that it began with is as it was.
    expect(await promptOf('model')).toMatch(THINKING);
  });

  test('are those of pairs without a source, too', async () => {
    await answer(
      ...[
        'train',
        '--model',
        at('model'),
        '--pairs',
        at('pairs.jsonl'),
        '--out',
        at('alone'),
        '--steps',
        '2',
      ],
      ...['--batch-size', '4', '--backend', backend, '--set', 'evaluation.points=0', ...lengths, ...OFF],
    );
    expect(textOf('alone')).toMatchObject({ variables: without });
  });

  test('give way to those of a command, and to those of a row', async () => {
    expect(await promptOf('sft', ...ON)).toMatch(THINKING);
    writeFileSync(
      at('rows.jsonl'),
      JSON.stringify({
        prompt: [{ role: 'user', content: 'Why?' }],
        chat_template_kwargs: { enable_thinking: false },
      }),
    );
    const rows = ['--source', at('rows.jsonl')];
    expect(await promptOf('sft', ...ON, ...rows)).toMatch(THOUGHTLESS);
  });

  test('are settings of a run, which resumes with them alone', async () => {
    expect(read('sft', 'config.json')).toMatchObject({
      configuration: { settings: { templateVariables: without } },
    });
    await answer(...sft('sft', '--model', at('model'), '--resume'));
    const argv = sft('sft', '--model', at('model'), '--resume', ...ON);
    output.err = '';
    expect(await runProgram(argv)).toBe(1);
    expect(output.err).toMatch(
      /started with a different templateVariables\.enable_thinking: false there, true now/,
    );
  });

  test('belong to a prepared folder, by the run whose tokenizer it has', async () => {
    const build = ['data', 'build', '--source', at('chats.jsonl'), '--threads', '1', '--tokenizer'];
    await answer(...build, at('sft'), '--out', at('prepared'));
    expect(read('prepared', 'manifest.json')).toMatchObject({
      source: { shapes: [{ template: { variables: without } }] },
    });
    output.out = '';
    expect(await runProgram(['data', 'inspect', at('prepared'), '--no-color'])).toBe(0);
    expect(output.out).toMatch(/template +\S*model with enable_thinking=false, from the columns messages/);
    await answer(...sft('again', '--model', at('model'), '--source', at('prepared')));
    expect(textOf('again')).toMatchObject({ variables: without });
    const other = sft('refused', '--model', at('model'), '--source', at('prepared'), ...ON);
    expect(await refusal(...other)).toMatch(
      /prepared was rendered with enable_thinking false, and enable_thinking is true here.*--template-variables/,
    );
    writeFileSync(at('build.json'), JSON.stringify({ templateVariables: { enable_thinking: true } }));
    await answer(...build, at('sft'), '--config', at('build.json'), '--out', at('thinking'));
    const { source } = read('thinking', 'manifest.json');
    expect(source).toMatchObject({ shapes: [{ template: { variables: { enable_thinking: true } } }] });
  });

  test('render what ais data shows and writes', async () => {
    output.out = '';
    const flags = ['--tokenizer', at('model'), '--examples', '1', '--no-color', ...OFF];
    expect(await runProgram(['data', 'inspect', at('chats.jsonl'), ...flags])).toBe(0);
    expect(output.out).toContain(' with enable_thinking=false');
    const tokenizer = ['--tokenizer', at('model'), '--out', at('imported.jsonl')];
    await answer('data', 'import', at('pairs.jsonl'), ...tokenizer, ...OFF);
    const [first = ''] = readFileSync(at('imported.jsonl'), 'utf8').split('\n', 1);
    expect(JSON.parse(first)['prompt']).toMatch(THOUGHTLESS);
  });

  test.each([
    ['bos_token=x', /"bos_token" is one of the tokenizer's special tokens/],
    ['messages=x', /"messages" is set for every conversation/],
    ['enable_thinkin=false', /does not read the variable "enable_thinkin"/],
    ['{"enable_thinking": {}}', /true, false, a number, a string, or a list of these/],
    ['enable_thinking', /expected name=value, such as enable_thinking=false/],
  ])('%s are refused by every command, before anything is written', async (variables, message) => {
    const given = ['--template-variables', variables];
    const model = ['--model', at('model')];
    expect(await refusal(...sft('refused', ...model, ...given))).toMatch(message);
    expect(await refusal('chat', ...model, '--backend', backend, ...given)).toMatch(message);
    const build = ['data', 'build', '--source', at('chats.jsonl'), '--out', at('refused')];
    expect(await refusal(...build, '--tokenizer', at('model'), ...given)).toMatch(message);
  });

  test('need a chat template', async () => {
    const build = ['data', 'build', '--source', at('chats.jsonl'), '--out', at('refused'), ...OFF];
    expect(await refusal(...build)).toMatch(/--template-variables needs a chat template\. Name one/);
    expect(await refusal(...sft('refused', '--preset', 'tiny', ...OFF))).toMatch(
      /templateVariables: there is no chat template/,
    );
  });
});
