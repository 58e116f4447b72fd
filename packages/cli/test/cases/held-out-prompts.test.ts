import { readFileSync } from 'node:fs';
import { openPreparedDataset } from '@ais/data/prepared';
import { openModelText, readPairs, splitPairs } from '@ais/pipeline';
import { describe, expect, test } from 'vitest';
import { caseFolder } from './case-folder.js';
import { smallModel } from './small-model.js';

const { at, write, answer, ais } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

interface Pair {
  readonly id: string;
  readonly prompt: string;
  readonly chosen: string;
  readonly rejected: string;
  readonly family?: string;
}

/** Twenty prompts with four pairs each, shuffled, and what families they say they are of. */
const pairsWith = (family: (prompt: number, pair: number) => string | undefined): Pair[] =>
  Array.from({ length: 80 }, (_, index) => {
    const [prompt, pair] = [(index * 7) % 20, Math.floor(index / 20)];
    const own = family(prompt, pair);
    return {
      id: `pair-${index}`,
      prompt: `Lake ${prompt}?`,
      chosen: ` Deep ${pair}.`,
      rejected: ` No ${pair}.`,
      ...(own !== undefined && { family: own }),
    };
  });

const shapes: readonly (readonly [string, Pair[]])[] = [
  ['without families', pairsWith(() => undefined)],
  ['a family per prompt', pairsWith((prompt) => `f${prompt}`)],
  ['a family for two prompts', pairsWith((prompt) => `f${prompt >> 1}`)],
  ['a family per pair, so that only the prompt ties them', pairsWith((prompt, pair) => `f${prompt}-${pair}`)],
  ['families that some rows lack', pairsWith((prompt, pair) => (pair === 0 ? `f${prompt >> 1}` : undefined))],
  ['families named as prompts are', pairsWith((prompt) => `Lake ${(prompt + 1) % 20}?`)],
];

/** Neither prompts nor families are on both sides. */
function expectApart(
  one: readonly Partial<Pair>[],
  other: readonly Partial<Pair>[],
  key: (pair: Partial<Pair>) => string,
) {
  for (const side of [key, ({ family }: Partial<Pair>) => family]) {
    const known = new Set<string | undefined>(one.map(side).filter((value) => value !== undefined));
    expect(other.filter((pair) => known.has(side(pair)))).toEqual([]);
  }
}

describe.each(shapes)('pairs %s', (_, pairs) => {
  test('ais reward, train, and evaluate hold out whole prompts', async () => {
    await smallModel(at('model'));
    const path = write('pairs.jsonl', pairs);
    const text = await openModelText(at('model'));
    const read = await readPairs(path, text, {
      lengths: { maxPromptTokens: 64, maxResponseTokens: 64, longPrompts: 'error', longResponses: 'drop' },
      retokenize: false,
      onWarning: () => {},
    });
    for (const [share, seed] of [
      [0.1, 1],
      [0.3, 2],
      [0.5, 3],
    ] as const) {
      const { trained, heldOut } = splitPairs(read, share, seed);
      expect(trained.pairs.length + heldOut.pairs.length).toBe(pairs.length);
      expect(heldOut.pairs.length).toBeGreaterThanOrEqual(share * pairs.length);
      expectApart(trained.pairs as never, heldOut.pairs as never, ({ prompt }) => String(prompt));
    }
  });

  test('ais data build splits them apart', async () => {
    builds += 1;
    const out = at(`set-${builds}`);
    const { manifest } = await answer(
      ...['data', 'build', '--source', write('source.jsonl', pairs), '--kind', 'comparisons', '--out', out],
      ...['--vocabulary-size', '300', '--threads', '1', '--splits', 'train=0.6,test=0.4'],
    );
    expect(manifest).toMatchObject({ leaks: [], records: pairs.length });
    const { split } = await openPreparedDataset(out, { kind: 'comparisons' });
    const recordsOf = async (name: string): Promise<Partial<Pair>[]> => {
      const found: Partial<Pair>[] = [];
      for await (const { record } of split(name).rows()) found.push(record);
      return found;
    };
    const [train, held] = [await recordsOf('train'), await recordsOf('test')];
    expect(train.length + held.length).toBe(pairs.length);
    expectApart(train, held, ({ prompt }) => String(prompt));
  });
});
let builds = 0;

test('ais reward counts the held-out pairs whole prompts at a time', async () => {
  await smallModel(at('judge'));
  const [, pairs = []] = shapes[3] ?? [];
  const { validationPairs } = await answer(
    ...['reward', '--model', at('judge'), '--pairs', write('shuffled.jsonl', pairs), '--steps', '1'],
    ...['--batch-size', '2', ...backend, '--out', at('reward')],
  );
  expect(validationPairs).toBe(8);
});

test.each([
  ['the same prompt', { prompt: 'Lake 3?' }, {}],
  ['the same prompt up to case and white space', { prompt: 'LAKE  3?' }, {}],
  ['a family in common', { prompt: 'Sea?', family: 'f' }, { family: 'f' }],
  ['a family of its own, and the same prompt', { prompt: 'Lake 3?', family: 'g' }, { family: 'f' }],
])('no command learns from records with %s as those that it measures on', async (_, other, more) => {
  await smallModel(at('learner'), { always: 0 });
  const rows = Array.from({ length: 8 }, (_, n) => ({
    prompt: `Lake ${n}?`,
    completion: ` Deep ${n}.`,
    ...(n === 3 && more),
  }));
  const twins = ['Lake 3?', other.prompt];
  const source = write('twins.jsonl', [...rows, { completion: ' Blue.', ...other }]);
  const promptsOf = async (split: string, seed: number): Promise<string[]> => {
    const out = at('prompts.jsonl');
    await answer(
      ...[
        'generate',
        '--model',
        at('learner'),
        '--source',
        source,
        '--samples',
        '1',
        '--out',
        out,
        ...backend,
      ],
      ...['--set', `split=${split}`, '--set', 'data.heldOut=3', '--split-seed', `${seed}`],
    );
    const lines = readFileSync(out, 'utf8').trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as { promptText: string }).promptText);
  };
  const sides = new Set<string>();
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const [learned, measured] = [await promptsOf('supervised', seed), await promptsOf('evaluation', seed)];
    const isHeldOut = measured.some((prompt) => twins.includes(prompt));
    expect(learned.some((prompt) => twins.includes(prompt))).toBe(!isHeldOut);
    sides.add(isHeldOut ? 'held out' : 'learned');
  }
  expect(sides.size).toBe(2);
});

test('ais train says if pairs have prompts that the source holds out', async () => {
  await smallModel(at('policy'));
  const rows = Array.from({ length: 10 }, (_, n) => ({ prompt: `Lake ${n}?`, completion: ` Deep ${n}.` }));
  const source = write('held.jsonl', rows);
  const pairs = write(
    'their-pairs.jsonl',
    rows.map(({ prompt, completion }) => ({ prompt, chosen: completion, rejected: ' No.' })),
  );
  const { status, said } = await ais(
    ...[
      'train',
      '--model',
      at('policy'),
      '--source',
      source,
      '--pairs',
      pairs,
      '--steps',
      '1',
      '--batch-size',
      '2',
    ],
    ...[
      '--set',
      'data.heldOut=4',
      '--set',
      'evaluation.points=1',
      '--set',
      'evaluation.klPrompts=0',
      ...backend,
    ],
    ...['--set', 'validationFraction=0', '--max-response-tokens', '12', '--out', at('trained')],
  );
  expect(status, said).toBe(0);
  expect(said).toMatch(/4 of the 4 held-out prompts are trained on too/);
});

test.each([
  ['a share of 0', '0', 8],
  ['pairs of one prompt', '0.5', 1],
])('ais reward says before it trains that %s leaves nothing to measure on', async (_, share, prompts) => {
  await smallModel(at('early'));
  const pairs = Array.from({ length: 8 }, (_, n) => ({
    prompt: `Lake ${n % prompts}?`,
    chosen: ` Deep ${n}.`,
    rejected: ' No.',
  }));
  const { status, said } = await ais(
    ...[
      'reward',
      '--model',
      at('early'),
      '--pairs',
      write('few.jsonl', pairs),
      '--validation-fraction',
      share,
    ],
    ...['--steps', '1', '--batch-size', '2', ...backend, '--out', at(`early-${prompts}`)],
  );
  expect(status).not.toBe(0);
  expect(said).toMatch(/No pairs are held out to measure the reward model on/);
  expect(said).not.toContain('reward: 1/1');
});
