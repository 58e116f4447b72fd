import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import {
  type ChatRequest,
  completion,
  type OpenAiServer,
  openAiServer,
} from '../../gold-eval/test/openai-server.js';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let root: string;
let server: OpenAiServer;
const output = capturedOutput();
const at = (...parts: string[]): string => join(root, ...parts);
const backend = process.env['AIS_BACKEND'] ?? 'wasm';
const small = ['--preset', 'tiny', '--backend', backend, '--set', 'data.heldOut=8', '--json'];
const train = [
  ...small,
  '--batch-size',
  '4',
  '--records',
  '24',
  '--steps',
  '1',
  '--set',
  'evaluation.prompts=2',
];

/** The settings file that the README of the pipeline shows. */
const readme = readFileSync(new URL('../../pipeline/README.md', import.meta.url), 'utf8');
const [, judgeFile = ''] = /```yaml\n(.*?)```/s.exec(readme) ?? [];

async function answer(...argv: string[]): Promise<Record<string, unknown>> {
  output.out = '';
  expect(await runProgram(argv), output.err).toBe(0);
  return JSON.parse(output.out) as Record<string, unknown>;
}

/** Prefers the longer of two responses; of equally long ones, the first that it is shown. */
function longer({ messages }: ChatRequest) {
  const text = messages.at(-1)?.content ?? '';
  const length = (tag: string): number =>
    new RegExp(`<${tag}>\n(.*)\n</${tag}>`, 's').exec(text)?.[1]?.length ?? 0;
  return completion(length('response-a') >= length('response-b') ? 'Verdict: A' : 'Verdict: B');
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'ais-judge-'));
  server = await openAiServer();
  writeFileSync(at('judge.yaml'), judgeFile);
  const sft = ['sft', ...train, '--set', 'evaluation.points=0', '--out', at('sft')];
  expect(await runProgram(sft)).toBe(0);
  const generate = ['generate', ...small, '--model', at('sft'), '--prompts', '8'];
  expect(await runProgram([...generate, '--out', at('responses.jsonl')])).toBe(0);
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => {
  vi.stubEnv('OPENAI_BASE_URL', server.baseUrl);
  vi.stubEnv('OPENAI_API_KEY', 'sk-secret');
  server.script(longer);
  return () => vi.unstubAllEnvs();
});

const label = [
  'label',
  '--config',
  'judge.yaml',
  '--responses',
  'responses.jsonl',
  '--json',
  '--out',
  'pairs.jsonl',
];
const inRoot = (argv: readonly string[]): string[] =>
  argv.map((word) => (/\.(yaml|jsonl)$/.test(word) ? at(word) : word));

test('a language model labels, resumes within a larger budget, evaluates, and trains, and is compared with labels', async () => {
  expect(await runProgram([...inRoot(label), '--api-calls', '10'])).toBe(1);
  expect(output.err).toMatch(/budget of 10 calls to openai:gpt-5-mini is spent/);
  expect(server.requests).toHaveLength(10);
  const labeled = await answer(...inRoot(label), '--resume', '--api-calls', '40');
  expect(labeled['prompts']).toBe(8);
  expect(labeled['pairs']).toBeGreaterThan(1);
  // Nothing was asked twice: two questions a pair, fewer where both responses are the same.
  expect(server.requests.length).toBeLessThanOrEqual(16);
  expect(new Set(server.requests.map((request) => JSON.stringify(request))).size).toBe(
    server.requests.length,
  );
  const [request] = server.requests;
  expect(request).toMatchObject({ model: 'gpt-5-mini', reasoning_effort: 'low' });
  expect(request).not.toHaveProperty('temperature');
  const pairs = readFileSync(at('pairs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { chosenText, rejectedText, chosenScore, rejectedScore } of pairs) {
    expect(chosenText.length).toBeGreaterThan(rejectedText.length);
    expect([chosenScore, rejectedScore]).toEqual([1, 0]);
  }

  const evaluate = ['evaluate', ...small.slice(2), '--model', at('sft'), '--config', 'judge.yaml'];
  const own = [
    '--pairs',
    'pairs.jsonl',
    '--validation-fraction',
    '0.5',
    '--prompts',
    '4',
    '--set',
    'klPrompts=0',
  ];
  const { metrics, judge } = await answer(...inRoot([...evaluate, ...own]));
  expect(metrics).toMatchObject({
    eval_win_rate: expect.any(Number),
    eval_position_bias: expect.any(Number),
    eval_judge_agreement: 1,
    eval_judge_kappa: 1,
    eval_judge_ties: 0,
  });
  expect(judge).toMatchObject({
    name: expect.stringMatching(/^openai:gpt-5-mini pairwise /),
    usage: { cached: expect.any(Number) },
  });

  const policy = [
    'train',
    ...train,
    '--model',
    at('sft'),
    '--config',
    'judge.yaml',
    '--pairs',
    'pairs.jsonl',
  ];
  const rest = [
    '--set',
    'evaluation.points=1',
    '--set',
    'evaluation.klPrompts=0',
    '--validation-fraction',
    '0.5',
  ];
  const trained = await answer(...inRoot([...policy, ...rest]), '--out', at('train'));
  const [start] = trained['evaluations'] as { metrics: Record<string, number> }[];
  expect(start?.metrics).toMatchObject({ eval_judge_agreement: 1, eval_win_rate: expect.any(Number) });

  // The key and the address are in no file and no message.
  const written = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => at(name));
  const secrets = ['sk-secret', new URL(server.baseUrl).host];
  for (const file of written.filter((path) => statSync(path).isFile())) {
    const text = readFileSync(file, 'latin1');
    for (const secret of secrets) expect(text.includes(secret), file).toBe(false);
  }
  for (const secret of secrets) expect(output.err + output.out).not.toContain(secret);
  const configuration = JSON.parse(readFileSync(at('train', 'config.json'), 'utf8'));
  expect(configuration.notes.api).toMatchObject({ calls: 2000 });
  expect(configuration.configuration.settings.api).toEqual({
    parameters: { temperature: null, reasoning_effort: 'low' },
  });
});

test('a judge that cannot be used ends a command before anything is trained', async () => {
  server.script(() => ({ status: 401, body: 'who are you?' }));
  const argv = [
    'train',
    ...train,
    '--model',
    at('sft'),
    '--scorer',
    'openai:other',
    '--api-cache',
    'other.jsonl',
  ];
  expect(await runProgram([...inRoot(argv), '--out', at('never')])).toBe(1);
  expect(output.err).toMatch(/the model "other" answered with status 401/);
  expect(existsSync(at('never', 'checkpoints'))).toBe(false);
});

test.each([
  [['--judge-mode', 'pairwise', '--scorer', 'oracle'], /judge\.mode says how a language model/],
  [['--config', 'judge.yaml', '--rule', 'bradley-terry'], /compares without scores/],
  [['--scorer', 'openai:small', '--api-parameters', '{"top_p":'], /--api-parameters: expected a JSON object/],
  [['--scorer', 'openai:small', '--judge-template', 'none.txt'], /template must be a file/],
])('ais label %j is refused', async (argv, message) => {
  const base = [
    'label',
    '--responses',
    'responses.jsonl',
    '--out',
    'refused.jsonl',
    '--api-cache',
    'c.jsonl',
  ];
  expect(await runProgram(inRoot([...base, ...argv]))).toBe(2);
  expect(output.err).toMatch(message);
  expect(server.requests).toEqual([]);
});

test('a dry run of ais train tries the objective, and names the module that is wrong', async () => {
  const requires = (text: string): string =>
    `export default { specificationVersion: 'v1', name: 'mine', ${text}
      evaluate: ({ policyChosen }) => ({ losses: policyChosen, metrics: {} }) };`;
  for (const [name, text, message] of [
    ['bare.mjs', '', /objective .*bare\.mjs: its requires must say what it reads/],
    [
      'half.mjs',
      "requires: { feedback: 'pairs' },",
      /objective .*half\.mjs: .*requires\.reference must be true or false/,
    ],
  ] as const) {
    writeFileSync(at(name), requires(text));
    const argv = ['train', ...train, '--objective', at(name), '--dry-run', '--out', at('dry')];
    expect(await runProgram(argv)).toBe(2);
    expect(output.err).toMatch(message);
  }
});
