import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let root: string;
const output = capturedOutput();

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-training-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const at = (...parts: string[]): string => join(root, ...parts);
const backend = process.env['AIS_BACKEND'] ?? 'wasm';
const small = ['--preset', 'tiny', '--seed', '3', '--backend', backend, '--set', 'data.heldOut=8', '--json'];
const training = [...small, '--batch-size', '4', '--records', '24'];
/** Training on text that is prepared once. */
const prepared = (): string[] => [...training, '--source', at('text'), '--scorer', 'oracle'];
const few = [
  '--set',
  'evaluation.prompts=4',
  '--set',
  'evaluation.points=1',
  '--set',
  'evaluation.klPrompts=4',
];

/** Runs a command that succeeds, and returns its answer. */
async function answer(...argv: string[]): Promise<Record<string, unknown>> {
  output.out = '';
  expect(await runProgram(argv), output.err).toBe(0);
  return JSON.parse(output.out) as Record<string, unknown>;
}

describe('from a corpus to a judged policy', () => {
  beforeAll(async () => {
    const records = ['--source', 'synthetic', '--count', '60', '--vocabulary-size', '512', '--threads', '1'];
    expect(await runProgram(['data', 'build', ...records, '--out', at('text'), '--json'])).toBe(0);
  });

  const sft = (name: string, ...more: string[]) =>
    answer('sft', ...training, ...few, '--steps', '4', '--out', at(name), ...more);

  test('ais sft leaves a run directory, and an interrupted run ends as an unbroken one', async () => {
    const { report, steps, evaluations } = await sft('sft', '--checkpoint-every', '2');
    expect(steps).toBe(4);
    expect(evaluations).toHaveLength(2);
    expect(readdirSync(at('sft')).sort()).toEqual([
      'checkpoints',
      'config.json',
      'metrics.jsonl',
      'report.html',
    ]);
    const page = readFileSync(report as string, 'utf8');
    expect(page).toMatch(/<svg[\s\S]*Loss/);
    rmSync(report as string);
    const runs = [{ folder: at('sft'), findings: [] }];
    expect(await answer('report', at('sft'), '--json')).toEqual({ written: [report], runs });
    expect(readFileSync(report as string, 'utf8')).toBe(page);
    expect(JSON.parse(readFileSync(at('sft', 'config.json'), 'utf8'))).toMatchObject({
      configuration: { command: 'sft', settings: { preset: 'tiny', seed: 3 } },
      notes: { commandLine: expect.stringMatching(/^ais sft --preset tiny .*--seed 3 .*--out \S+sft/) },
      seed: 3,
    });

    const interrupt = vi.spyOn(process, 'on').mockImplementation((event, listener) => {
      // As if Ctrl-C were pressed while the first step runs.
      if (event === 'SIGINT') setTimeout(() => listener('SIGINT'), 0);
      return process;
    });
    const argv = ['sft', ...training, ...few, '--steps', '4', '--out', at('broken')];
    expect(await runProgram(argv)).toBe(130);
    expect(output.err).toContain(`ais sft --resume --out ${at('broken')}`);
    interrupt.mockRestore();
    await answer('sft', '--resume', '--json', '--out', at('broken'));
    for (const file of ['model.safetensors', 'optimizer.safetensors']) {
      const [unbroken, resumed] = ['sft', 'broken'].map((name) =>
        readFileSync(at(name, 'checkpoints', 'step-4', file)),
      );
      expect(unbroken?.equals(resumed as Buffer)).toBe(true);
    }
    expect(await runProgram(['sft', ...training, '--out', at('broken')])).toBe(1);
    expect(output.err).toMatch(/already holds a run/);
    const other = ['sft', '--resume', '--out', at('broken'), '--learning-rate', '0.5'];
    expect(await runProgram(other)).toBe(1);
    expect(output.err).toMatch(/different training.learningRate/);
  });

  test('ais reward, generate, label, train, and evaluate continue from there', async () => {
    const reward = await answer(
      'reward',
      ...training,
      '--steps',
      '2',
      '--model',
      at('sft'),
      '--out',
      at('reward'),
    );
    expect(reward['validationPairs']).toBeGreaterThan(0);

    const responses = at('responses.jsonl');
    const generated = await answer(
      ...['generate', ...small, '--model', at('sft'), '--prompts', '8', '--out', responses],
    );
    expect(generated['responses']).toBe(16);

    const pairs = at('pairs.jsonl');
    const label = ['label', '--responses', responses, '--backend', backend, '--json', '--out', pairs];
    const labeled = await answer(...label, '--scorer', at('reward'));
    expect(labeled['prompts']).toBe(8);
    const [first] = readFileSync(pairs, 'utf8').split('\n');
    const pair = JSON.parse(first as string);
    expect(pair.chosenScore).toBeGreaterThan(pair.rejectedScore);
    expect(pair.chosenLogProb).toBeLessThan(0);

    const server = createServer(async (request, response) => {
      const { items } = JSON.parse(await text(request)) as { items: { prompt: string; response: string }[] };
      response.end(
        JSON.stringify({ rewards: items.map((item) => (item.prompt.includes('TL;DR:') ? 1 : 0)) }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const judge = `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`;
    const ask = ['label', '--responses', responses, '--json', '--scorer', judge];
    expect(await answer(...ask, '--out', at('dropped.jsonl'))).toMatchObject({ pairs: 0, tied: 8 });
    expect(await answer(...ask, '--ties', 'random', '--out', at('tossed.jsonl'))).toMatchObject({
      pairs: 8,
      tied: 0,
    });
    server.close();

    const train = [...training, ...few, '--steps', '2', '--model', at('sft')];
    const objective = ['--objective', 'ais-dpo', '--pairs', pairs, '--scorer', at('reward')];
    const trained = await answer('train', ...train, ...objective, '--out', at('train'));
    expect(trained['metrics']).toHaveProperty(['weights/effective_sample_size']);
    const [start] = trained['evaluations'] as { metrics: Record<string, number> }[];
    expect(Math.abs(start?.metrics['eval_kl'] as number)).toBeLessThan(1e-4);
    expect(start?.metrics).toHaveProperty('eval_win_rate');
    expect(existsSync(at('train', 'evaluations', 'step-2.json'))).toBe(true);
    expect(existsSync(at('train', 'settings.json'))).toBe(false);
    const configuration = JSON.parse(readFileSync(at('train', 'config.json'), 'utf8'));
    expect(configuration.behavior).toBe('as the data say');

    const evaluated = await answer(
      ...['evaluate', ...small, '--model', at('train'), '--reference', at('sft'), '--scorer', 'oracle'],
      ...['--prompts', '4', '--set', 'klPrompts=4'],
    );
    expect(evaluated['metrics']).toMatchObject({
      eval_kl: expect.any(Number),
      eval_win_rate: expect.any(Number),
    });
  });

  // Other objectives, of either kind: papers.test.ts.
  test('ais train --objective rloo samples itself, and the oracle judges built-in text', async () => {
    const own = ['--set', 'evaluation.points=0', '--set', 'data.maxResponseTokens=6', '--objective', 'rloo'];
    const { metrics } = await answer('train', ...training, ...own, '--steps', '1', '--out', at('rloo'));
    expect(metrics).toHaveProperty(['objective/scores']);
  });

  test('ais train refuses pairs without the numbers that an objective reads, before the reference reads them', async () => {
    output.err = '';
    const own = ['--objective', 'rebel', '--steps', '1', '--out', at('no-numbers')];
    expect(await runProgram(['train', ...training, ...own])).toBe(2);
    expect(output.err).toMatch(/"rebel" reads chosenReward of each pair, and pair "synthetic-.*" has none/);
    expect(existsSync(join(at('no-numbers'), 'reference-log-probs.json'))).toBe(false);
  });

  test.each([
    ['ais-cpo', [], 'weights/effective_sample_size'],
    ['kto', [], 'rewards/margins'],
    ['humanline-kto', ['--set', 'objectiveOptions.lower=-0.5'], 'humanline/clamped'],
    ['ais-ld-dpo', [], 'weights/effective_sample_size'],
  ])(
    'ais train --objective %s learns from pairs and reports what is its own',
    async (name, options, metric) => {
      const own = ['--set', 'evaluation.points=0', '--objective', name, ...options];
      const { metrics } = await answer('train', ...prepared(), ...own, '--steps', '1', '--out', at(name));
      expect(metrics).toHaveProperty([metric]);
    },
  );

  test('an objective from outside is loaded from its file', async () => {
    writeFileSync(
      at('plugin.mjs'),
      `export default ({ beta }) => ({
        specificationVersion: 'v1',
        name: 'mine-' + beta,
        requires: { feedback: 'pairs', reference: false },
        evaluate: ({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} }),
      });`,
    );
    const own = ['--set', 'evaluation.points=0', '--objective', at('plugin.mjs'), '--beta', '0.5'];
    await answer('train', ...prepared(), ...own, '--steps', '1', '--out', at('plugin-run'));
    const configuration = JSON.parse(readFileSync(at('plugin-run', 'config.json'), 'utf8'));
    expect(configuration.objective.name).toBe('mine-0.5');
  });

  test('ais train measures held-out pairs, keeps what is frozen, and ends early with the best checkpoint', async () => {
    const own = [
      '--set',
      'validationFraction=0.25',
      '--set',
      'evaluation.points=4',
      ...few.slice(0, 2),
      ...few.slice(4),
    ];
    const selection = ['--patience', '1', '--kl-budget', '1000', '--freeze', 'embed_out.*', '--tensorboard'];
    // Nothing is learned, so the first evaluation stays the best.
    const rest = ['--steps', '8', '--learning-rate', '0', '--model', at('sft'), '--out', at('selected')];
    const outcome = await answer('train', ...training, ...own, ...selection, ...rest);
    expect(outcome).toMatchObject({
      steps: 2,
      best: { step: 0 },
      stopped: expect.stringContaining('eval_win_rate within eval_kl ≤ 1000'),
    });
    const [start] = outcome['evaluations'] as { metrics: Record<string, number> }[];
    expect(start?.metrics['eval_preference_loss']).toBeCloseTo(Math.LN2, 5);
    expect(start?.metrics).toHaveProperty(['eval_rewards/accuracies']);
    expect(readdirSync(at('selected', 'checkpoints')).sort()).toEqual(['step-0', 'step-2']);
    expect(readdirSync(at('selected', 'tensorboard'))).toHaveLength(1);
    const configuration = JSON.parse(readFileSync(at('selected', 'config.json'), 'utf8'));
    expect(configuration.training.frozen).toEqual(['embed_out.weight']);
  });
});

test.each(['sft', 'train', 'label'])(
  'ais %s --resume alone begins nothing where there is nothing',
  async (name) => {
    expect(await runProgram([name, '--resume', '--json', '--out', at('never-begun')])).toBe(2);
    expect(output.err).toContain(`${at('never-begun')} holds no ais ${name} to resume. Check --out`);
    expect(existsSync(at('never-begun'))).toBe(false);
  },
);

describe('wrong configuration ends with status 2, and names the key', () => {
  test.each([
    [['train', '--objective', 'dpoo'], /named "dpoo"\. Did you mean "dpo"/],
    [['train', '--set', 'training.learningrate=1'], /"training.learningrate".*"training.learningRate"/],
    [['sft', '--preset', 'huge'], /preset.*tiny/],
    [['generate'], /"model" is missing\. Pass --model/],
    [['sft', '--resume'], /--out/],
    [['sft', '--config', 'nowhere.yaml'], /nowhere.yaml cannot be read/],
    [['evaluate', '--model', 'nowhere', '--source', 'synthetic'], /nowhere: it does not exist/],
    [['train', '--model', 'new'], /"source" is missing/],
    [['sft', '--source', 'synthetic'], /"model" is missing.*--model new/],
    [
      [
        'sft',
        '--preset',
        'tiny',
        '--freeze',
        'embed_ot',
        '--records',
        '8',
        '--out',
        join(tmpdir(), 'ais-nowhere'),
      ],
      /no parameter "embed_ot"\. Did you mean "embed_out.weight"/,
    ],
  ])('ais %s', async (argv, message) => {
    expect(await runProgram([...argv, '--backend', 'cpu'])).toBe(2);
    expect(output.err).toMatch(message);
  });
});

test('--dry-run tells what would be done, and writes nothing', async () => {
  const { settings, estimate } = await answer(
    ...['train', '--preset', 'paper', '--backend', 'cpu', '--dry-run', '--json', '--out', at('dry')],
  );
  expect(settings).toMatchObject({
    training: { steps: 1450, batchSize: 64, learningRate: 1e-6, schedule: 'cosine', warmupSteps: 150 },
  });
  expect(estimate).toMatchObject({ parameters: 1_011_781_632, steps: 1450 });
  expect(existsSync(at('dry'))).toBe(false);
  const online = ['train', '--preset', 'tiny', '--backend', 'cpu', '--dry-run', '--json', '--objective'];
  expect((await answer(...online, 'rloo'))['settings']).toMatchObject({ online: true });
  expect((await answer(...online, 'ais-ipo'))['settings']).toMatchObject({
    online: false,
    importance: 'inverse-length',
  });
});
