import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../gold-eval/test/openai-server.js';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let root: string;
let server: OpenAiServer;
const output = capturedOutput();
const at = (...parts: string[]): string => join(root, ...parts);
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm', '--json'];
const source = (): string[] => ['--source', at('questions.jsonl')];

const questions = Array.from({ length: 20 }, (_, index) => ({
  id: `q${index}`,
  question: `What is ${index} plus ${index}?`,
  answer: `It is ${2 * index}.`,
  family: `f${index % 10}`,
}));
const rows = (file: string): Record<string, unknown>[] =>
  readFileSync(at(file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

async function answer(...argv: string[]): Promise<Record<string, unknown>> {
  output.out = '';
  expect(await runProgram(argv), output.err).toBe(0);
  return JSON.parse(output.out) as Record<string, unknown>;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ais-generate-'));
  server = await openAiServer();
  writeFileSync(at('questions.jsonl'), questions.map((row) => JSON.stringify(row)).join('\n'));
  writeFileSync(
    at('judge.mjs'),
    `export default { specificationVersion: 'v1', name: 'length',
       score: async (items) => items.map(({ response }) => response.length) };`,
  );
  const sft = ['sft', ...backend, '--preset', 'tiny', ...source(), '--steps', '1', '--batch-size', '4'];
  expect(
    await runProgram([...sft, '--set', 'evaluation.points=0', '--held-out', '4', '--out', at('sft')]),
    output.err,
  ).toBe(0);
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('OPENAI_BASE_URL', server.baseUrl);
  vi.stubEnv('OPENAI_API_KEY', 'sk-secret');
  server.script(() => completion([' A short answer.', ' An answer that is longer.']));
  return () => vi.unstubAllEnvs();
});

const generate = (...more: string[]): string[] => [
  ...[
    'generate',
    ...backend,
    '--model',
    'openai:small',
    ...source(),
    '--split',
    'supervised',
    '--held-out',
    '4',
  ],
  ...['--api-cache', at('answers.jsonl'), '--out', at('responses.jsonl'), ...more],
];

test('openai:MODEL answers within a budget, resumes, and a judge, training, and evaluation take its text', async () => {
  const settings = ['--system', 'Be brief.', '--temperature', '0.7', '--top-p', '0.9', '--seed', '3'];
  expect(await runProgram([...generate(...settings), '--api-calls', '10'])).toBe(1);
  expect(output.err).toMatch(/budget of 10 calls to openai:small is spent/);
  expect(existsSync(at('responses.jsonl'))).toBe(false);
  expect(server.requests).toHaveLength(10);
  const { responses, finished, usage } = await answer(...generate('--resume', '--api-calls', '40'));
  expect({ responses, finished, usage }).toMatchObject({
    responses: 32,
    finished: 32,
    usage: { calls: 6, cached: 10 },
  });
  expect(server.requests).toHaveLength(16);
  expect(server.requests[0]).toMatchObject({
    model: 'small',
    temperature: 0.7,
    top_p: 0.9,
    seed: 3,
    n: 2,
    max_tokens: 128,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: expect.stringMatching(/^Question: What is \d+ plus \d+\?\nAnswer:$/) },
    ],
  });
  const written = rows('responses.jsonl');
  expect(written[0]).toEqual({
    id: expect.stringMatching(/^q/),
    sample: 0,
    family: expect.stringMatching(/^f/),
    finished: true,
    promptText: server.requests[0]?.messages[1]?.content,
    responseText: ' A short answer.',
  });

  // The same prompts in the same order as the model reads them, and with its run's source, template, and lengths.
  const local = ['generate', ...backend, '--model', at('sft'), '--split', 'supervised', '--samples', '1'];
  await answer(...local, '--out', at('local.jsonl'));
  const asked = written.filter(({ sample }) => sample === 0).map(({ promptText }) => promptText);
  expect(rows('local.jsonl').map(({ promptText }) => promptText)).toEqual(asked);
  server.script(() => completion(' Yes.'));
  const as = ['--tokenizer', at('sft'), '--split', 'supervised', '--samples', '1'];
  const cache = ['--api-cache', at('answers.jsonl')];
  await answer('generate', ...backend, '--model', 'openai:small', ...as, ...cache, '--out', at('as.jsonl'));
  expect(rows('as.jsonl').map(({ promptText }) => promptText)).toEqual(asked);

  const label = ['label', ...backend, '--responses', at('responses.jsonl'), '--out', at('pairs.jsonl')];
  await answer(...label, '--scorer', at('judge.mjs'));
  const pairs = rows('pairs.jsonl');
  expect(pairs).toHaveLength(16);
  expect(pairs[0]).toEqual({
    id: written[0]?.['id'],
    family: written[0]?.['family'],
    promptText: written[0]?.['promptText'],
    chosenText: ' An answer that is longer.',
    rejectedText: ' A short answer.',
    chosenFinished: true,
    rejectedFinished: true,
    chosenScore: 26,
    rejectedScore: 16,
    margin: 10,
  });
  const run = ['--preset', 'tiny', '--pairs', at('pairs.jsonl'), '--validation-fraction', '0.25'];
  const train = ['train', ...backend, '--model', at('sft'), ...run, '--steps', '1', '--batch-size', '4'];
  await answer(...train, '--scorer', at('judge.mjs'), '--set', 'evaluation.points=1', '--out', at('train'));
  const evaluate = [
    'evaluate',
    ...backend,
    '--model',
    at('train'),
    '--reference',
    at('sft'),
    ...run.slice(2),
  ];
  const { metrics } = await answer(...evaluate, '--scorer', at('judge.mjs'), '--prompts', '2');
  expect(metrics).toMatchObject({ eval_win_rate: expect.any(Number), eval_kl: expect.any(Number) });

  // A judge that reads tokens has the text tokenized by its own tokenizer.
  const reward = ['reward', ...backend, '--model', at('sft'), ...run, '--steps', '1', '--batch-size', '4'];
  await answer(...reward, '--out', at('reward'));
  const { pairs: judged } = await answer(...label, '--scorer', at('reward'), '--out', at('by-model.jsonl'));
  expect(judged).toBe(16);

  // The key and the address are in no file and no message.
  const secrets = ['sk-secret', new URL(server.baseUrl).host];
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => at(name));
  for (const file of files.filter((path) => statSync(path).isFile())) {
    const content = readFileSync(file, 'latin1');
    for (const secret of secrets) expect(content.includes(secret), file).toBe(false);
  }
  for (const secret of secrets) expect(output.err + output.out).not.toContain(secret);
});

test('responses that were cut off, refused, or empty are counted, and no end-of-text follows a cut one', async () => {
  server.script((_, index) =>
    index === 0
      ? completion('', { refusal: 'I cannot help.' })
      : completion(' one two three', { finishReason: index === 1 ? 'length' : 'stop' }),
  );
  const few = ['--prompts', '2', '--samples', '2', '--api-concurrency', '1', '--max-response-tokens', '9'];
  const { finished } = await answer(...generate(...few, '--out', at('cut.jsonl')));
  expect(finished).toBe(3);
  expect(output.err).toMatch(/openai:small: 1 response cut off: longer than data\.maxResponseTokens \(9\)/);
  expect(output.err).toMatch(/openai:small: 1 response that refuse/);
});

test.each([
  [
    () => ({ status: 401, body: 'who are you?' }),
    /the model "small" answered with status 401.*Check the API key/,
  ],
  [() => ({ status: 400, body: 'no top_k here' }), /no top_k here.*If it refuses a field/],
  [() => ({ status: 200, body: '{"choices": []}' }), /did not answer with a chat completion/],
])('a server that fails ends ais generate, and nothing is written', async (reply, message) => {
  server.script(reply);
  const argv = generate('--api-retries', '0', '--top-k', '5', '--out', at('none.jsonl'));
  expect(await runProgram(argv)).toBe(1);
  expect(output.err).toMatch(message);
  expect(existsSync(at('none.jsonl'))).toBe(false);
});

test('openai:MODEL needs no back end, not even one that is named and not there', async () => {
  const { responses } = await answer(...generate('--samples', '1', '--prompts', '2', '--backend', 'webgpu'));
  expect(responses).toBe(2);
});

test.each([
  ['a server that is named nowhere', ['--model', 'openai:small'], /set OPENAI_API_KEY/],
  [
    'a system message for a local model',
    ['--model', 'sft', '--system', 'Hi'],
    /system is for a language model/,
  ],
  ['a tokenizer for a local model', ['--model', 'sft', '--tokenizer', 'sft'], /tokenizer is for a language/],
  ['text without prompts', ['--model', 'openai:small', '--template', 'text'], /record .* has no prompt/],
])('%s is refused', async (what, argv, message) => {
  if (what.startsWith('a server')) {
    vi.stubEnv('OPENAI_BASE_URL', '');
    vi.stubEnv('OPENAI_API_KEY', '');
  }
  writeFileSync(at('text.jsonl'), '{"text": "Once upon a time."}\n{"text": "There was a king."}\n');
  const named = argv.map((word) => (word === 'sft' ? at('sft') : word));
  const input = argv.includes('text') ? ['--source', at('text.jsonl')] : source();
  const all = [
    'generate',
    ...backend,
    ...input,
    ...named,
    '--api-cache',
    at('c.jsonl'),
    '--out',
    at('x.jsonl'),
  ];
  expect(await runProgram(all)).toBe(2);
  expect(output.err).toMatch(message);
  expect(server.requests).toEqual([]);
});
