import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  type ConstructedRun,
  type Curve,
  constructedRun,
  line,
  winRateCurves,
} from '../../test/constructed-run.js';
import type { MetricsLine } from '../run/metrics-log.js';
import { diagnose, findingText, rules } from './diagnose.js';
import type { Finding, FindingCode } from './finding.js';
import { type RunFacts, runFacts } from './run-series.js';

const facts: RunFacts = { stage: 'preference', beta: 0.1, reference: true };

/** The curves of a healthy DPO run at β = 0.1: chosen rises a little, rejected falls, all else follows. */
const healthy = {
  train: {
    loss: [line(Math.LN2, 0.58), 0.02],
    grad_norm: [() => 2, 0.2],
    'rewards/chosen': [line(0, 0.1), 0.02],
    'rewards/rejected': [line(0, -0.2), 0.02],
    'rewards/margins': [line(0, 0.3), 0.03],
    'rewards/accuracies': [line(0.5, 0.7), 0.08],
  },
  evaluated: {
    eval_pairs: () => 200,
    'eval_rewards/accuracies': (progress) => (progress === 0 ? 0 : 0.6 + 0.08 * progress),
    eval_preference_loss: line(Math.LN2, 0.61),
    eval_kl: line(0, 4),
    eval_mean_length: line(30, 33),
    ...winRateCurves(line(0.4, 0.6)),
  },
} satisfies Omit<ConstructedRun, 'seed'>;

type Changes = {
  readonly [Part in 'train' | 'evaluated']?: Readonly<
    Record<string, Part extends 'train' ? readonly [Curve, number] : Curve>
  >;
};

const runWith = ({ train, evaluated }: Changes, shape: Partial<ConstructedRun> = {}): MetricsLine[] =>
  constructedRun({
    ...shape,
    train: { ...healthy.train, ...train },
    evaluated: { ...healthy.evaluated, ...evaluated },
  });

const codes = (findings: readonly Finding[], level?: Finding['level']): FindingCode[] =>
  findings.filter((finding) => level === undefined || finding.level === level).map(({ code }) => code);

/** What is not normal. */
const alarms = (lines: readonly MetricsLine[], own: RunFacts = facts): FindingCode[] =>
  diagnose(lines, own)
    .filter(({ level }) => level !== 'normal')
    .map(({ code }) => code);

const both: Changes = {
  train: {
    'rewards/chosen': [line(0, -0.4), 0.03],
    'rewards/rejected': [line(0, -0.8), 0.03],
    'rewards/margins': [line(0, 0.4), 0.03],
  },
};

describe('a healthy run', () => {
  it('has nothing to warn of, whatever its noise', () => {
    for (let seed = 0; seed < 100; seed++) expect(alarms(runWith({}, { seed }))).toEqual([]);
  });

  it('is told what its rewards do', () => {
    const [finding, ...others] = diagnose(runWith({}), facts);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'chosen-rises', level: 'normal', step: 120 });
    // Rewards over β: a reward of 0.1 is a log-ratio of 1 nat.
    expect(finding?.evidence[0]).toMatch(
      /^The chosen responses’ log-ratio to the reference, in nats, rose from 0\.1\d+ ± 0\.\d+ \(steps 1–40\) to 0\.8\d+ ± 0\.\d+ \(steps 81–120\)\.$/,
    );
  });

  it('is one of few steps too, of which there is nothing to say', () => {
    expect(diagnose(runWith({}, { steps: 15 }), facts)).toEqual([]);
    expect(diagnose([], facts)).toEqual([]);
  });
});

/** Runs that show one case each, beside the healthy one. */
const cases: Readonly<
  Record<
    Exclude<FindingCode, 'chosen-rises'>,
    { readonly lines: MetricsLine[]; readonly evidence: RegExp; readonly facts?: RunFacts }
  >
> = {
  'both-fall': {
    lines: runWith(both),
    evidence: /chosen .* fell from .* rejected .* fell from .* margin .* rose from/,
  },
  'rewards-within-noise': {
    lines: runWith({ train: { 'rewards/chosen': [line(0, -0.002), 0.03] } }),
    evidence: /went from .* which is within noise/,
  },
  'likelihood-displacement': {
    lines: runWith({
      train: { ...both.train, 'rewards/accuracies': [() => 0.6, 0.08] },
      evaluated: { 'eval_rewards/accuracies': () => 0.52 },
    }),
    evidence: /held-out pairs is 52\.0 % ± 7\.1 % \(step 120\), not above 50 % beyond noise/,
  },
  'prefers-rejected': {
    lines: runWith({
      train: {
        'rewards/chosen': [line(0, -0.2), 0.03],
        'rewards/rejected': [line(0, 0.2), 0.03],
        'rewards/margins': [line(0, -0.4), 0.03],
      },
    }),
    evidence: /margin between them fell from/,
  },
  'reference-is-not-the-start': {
    lines: runWith({
      train: { 'rewards/chosen': [line(-0.5, -0.4), 0.01] },
      evaluated: { eval_kl: line(3, 5) },
    }),
    evidence:
      /rewards\/chosen is -0\.\d+ in the first batch, before any update.*KL from the reference is 3 nats before/,
  },
  'nothing-is-learned': {
    lines: runWith({
      train: {
        loss: [() => Math.LN2, 0.002],
        'rewards/chosen': [() => 0, 0.001],
        'rewards/rejected': [() => 0, 0.001],
        'rewards/margins': [() => 0, 0.001],
        'rewards/accuracies': [() => 0.5, 0.08],
      },
      evaluated: { 'eval_rewards/accuracies': () => 0.51, ...winRateCurves(() => 0.4) },
    }),
    evidence: /Accuracy on training pairs is (49|50|51).*The loss went from 0\.69.*a log-ratio of/,
  },
  'hardly-moves': {
    lines: runWith({
      train: { 'rewards/chosen': [line(0, 1e-4), 1e-5], 'rewards/margins': [line(0, 3e-4), 1e-5] },
      evaluated: { eval_kl: line(0, 0.002) },
    }),
    evidence: /√KL from the reference is 0\.0447 at step 120/,
  },
  overfitting: {
    lines: runWith({
      train: { 'rewards/accuracies': [line(0.5, 1), 0.03] },
      evaluated: {
        'eval_rewards/accuracies': (progress) => (progress === 0 ? 0 : 0.66 - 0.03 * progress),
        eval_preference_loss: (progress) => 0.6 + 0.4 * (progress - 0.4) ** 2,
      },
    }),
    evidence: /training pairs is 91.* held-out pairs went from 65.* which is within noise.*lowest at step 48/,
  },
  'over-optimization': {
    lines: runWith({ evaluated: winRateCurves((progress) => 0.8 - 1.6 * (progress - 0.4) ** 2) }),
    evidence: /win rate fell from 80\.0 % ± 4\.0 % \(step 48\) to 22\.4 %.*Meanwhile the training loss fell/,
  },
  'win-rate-falls': {
    lines: runWith({ evaluated: winRateCurves(line(0.5, 0.2)) }),
    evidence: /win rate fell from 50\.0 % .* \(step 0\) to 20\.0 %/,
  },
  'longer-responses': {
    lines: runWith({ evaluated: { eval_mean_length: line(30, 75) } }),
    evidence: /mean length in tokens rose from 30 \(step 0\) to 75 \(step 120\)/,
  },
  'shorter-responses': {
    lines: runWith({ evaluated: { eval_mean_length: line(30, 10) } }),
    evidence: /mean length in tokens fell from 30 \(step 0\) to 10 \(step 120\)/,
  },
  'empty-responses': {
    lines: runWith({ evaluated: { eval_mean_length: line(30, 1.1) } }),
    evidence: /mean length in tokens fell from 30 \(step 0\) to 1\.1 \(step 120\)/,
  },
  'few-pairs-carry-the-weight': {
    lines: runWith({ train: { 'weights/effective_sample_size': [line(0.2, 0.03), 0.01] } }),
    evidence: /effective sample size is 6\.1 % ± 1\.0 % \(steps 81–120\) of the batch/,
  },
  'step-size-changed': {
    lines: runWith({
      train: {
        'weights/mean': [line(1, 0.1), 0.01],
        // As the weights shrink, so does the loss.
        loss: [(progress) => (1 - 0.9 * progress) * (0.69 - 0.1 * progress), 0.01],
      },
    }),
    evidence: /mean weight is 0\.25\d* ± 0\.\d+ \(steps 81–120\)/,
  },
  'skipped-steps': {
    lines: runWith({}).map((own) =>
      own.event === 'train' && own.step > 117
        ? { event: 'skip', step: own.step, epoch: own.epoch, skipped: own.step - 117, loss: 'r1, r2' }
        : own,
    ),
    evidence: /3 steps were skipped: 118, 119, 120.*records r1, r2/,
  },
  'gradient-spikes': {
    lines: runWith({}).map((own) =>
      own.event === 'train' && own.step % 50 === 0 ? { ...own, grad_norm: own.step } : own,
    ),
    evidence: /above 10 times its median of (1\.9|2)\d* at 2 of 120 steps; it is largest at step 100, 100/,
  },
  'loss-rises': {
    lines: runWith({ train: { loss: [line(0.69, 1.4), 0.03] } }),
    evidence: /loss rose from 0\.8/,
  },
};

it('looks at the weights of every term of a sum, and names it', () => {
  const train = {
    'weights/effective_sample_size': [line(0.9, 0.8), 0.01],
    'weights/mean': [line(1, 1), 0.01],
    'ais-dpo-2/weights/effective_sample_size': [line(0.2, 0.03), 0.01],
    'ais-dpo-2/weights/mean': [line(1, 9), 0.01],
  } satisfies Changes['train'];
  const found = diagnose(runWith({ train }), facts).flatMap(({ evidence }) => evidence);
  expect(found).toContainEqual(
    expect.stringMatching(/^The effective sample size of ais-dpo-2 is \d\.\d % ± /),
  );
  expect(found).toContainEqual(expect.stringMatching(/^The mean weight of ais-dpo-2 is 7/));
  expect(found.join(' ')).not.toMatch(/effective sample size is|mean weight is/);
});

describe.each(Object.entries(cases))('%s', (code, { lines, evidence, facts: own = facts }) => {
  it('is found where it shows, with its numbers', () => {
    const finding = diagnose(lines, own).find((found) => found.code === code);
    expect(finding?.evidence.join(' ')).toMatch(evidence);
    expect(finding && findingText(finding)).toContain(finding?.title ?? '?');
  });

  it('brings nothing else to warn of', () => {
    expect(alarms(lines, own).filter((found) => found !== code)).toEqual([]);
  });
});

describe('likelihood displacement', () => {
  it.each<[string, Changes, RegExp]>([
    [
      'held-out accuracy falls from its best',
      {
        evaluated: {
          eval_pairs: () => 2000,
          'eval_rewards/accuracies': (progress) => (progress === 0 ? 0 : 0.8 - 0.2 * progress),
        },
      },
      /held-out pairs fell from 76/,
    ],
    ['the win rate falls', { evaluated: winRateCurves(line(0.5, 0.3)) }, /The win rate fell/],
    [
      '√KL is large and the win rate stays',
      { evaluated: { eval_kl: line(0, 64), ...winRateCurves(() => 0.5) } },
      /√KL from the reference is 8 at step 120; above 5 is far/,
    ],
    [
      'the margin does not grow',
      { train: { 'rewards/rejected': [line(0, -0.4), 0.03], 'rewards/margins': [() => 0, 0.03] } },
      /The margin does not grow beyond noise/,
    ],
  ])('shows where %s', (_, changes, evidence) => {
    const lines = runWith({
      train: { ...both.train, ...changes.train },
      ...(changes.evaluated && { evaluated: changes.evaluated }),
    });
    const finding = diagnose(lines, facts).find(({ code }) => code === 'likelihood-displacement');
    expect(finding?.evidence.join(' ')).toMatch(evidence);
    expect(codes(diagnose(lines, facts))).not.toContain('both-fall');
  });

  it('is not suspected far from the reference while the win rate rises', () => {
    expect(alarms(runWith({ ...both, evaluated: { eval_kl: line(0, 64) } }))).toEqual([]);
  });

  it('is not told without anything but rewards: then both merely fall', () => {
    const lines = runWith(both).filter(({ event }) => event === 'train');
    expect(codes(diagnose(lines, facts))).toEqual(['both-fall']);
  });
});

describe('noise', () => {
  it('is no over-optimization: a peak by chance, and an end within its interval', () => {
    const wobble = [0.5, 0.56, 0.52, 0.57, 0.55, 0.51];
    const rate: Curve = (progress) => wobble[Math.round(5 * progress)] ?? 0;
    expect(alarms(runWith({ evaluated: winRateCurves(rate, 100) }))).toEqual([]);
    // The same numbers of a hundred times as many prompts are no chance.
    expect(alarms(runWith({ evaluated: winRateCurves(rate, 10_000) }))).toContain('over-optimization');
  });

  it('is no overfitting: a gap that few held-out pairs explain', () => {
    const changes = (pairs: number): Changes => ({
      train: { 'rewards/accuracies': [line(0.5, 0.8), 0.05] },
      evaluated: {
        eval_pairs: () => pairs,
        'eval_rewards/accuracies': (progress) => (progress === 0 ? 0 : 0.62),
      },
    });
    expect(alarms(runWith(changes(25)))).toEqual([]);
    expect(alarms(runWith(changes(2000)))).toEqual(['overfitting']);
  });

  it('is not “nothing is learned”: an accuracy that may well be above 50 %', () => {
    const lines = runWith({
      train: { loss: [() => 0.68, 0.02], 'rewards/accuracies': [() => 0.57, 0.3] },
      evaluated: { eval_pairs: () => 20 },
    });
    expect(alarms(lines)).toEqual([]);
  });
});

describe('other kinds of training', () => {
  const loss: ConstructedRun['train'] = { loss: [line(2, 1), 0.05] };

  it('supervised: overfits when the held-out loss turns', () => {
    const turned = constructedRun({ train: loss, evaluated: { eval_loss: (x) => 1.5 + (x - 0.4) ** 2 } });
    expect(alarms(turned, { stage: 'sft' })).toEqual(['overfitting']);
    const fine = constructedRun({ train: loss, evaluated: { eval_loss: line(2, 1.5) } });
    expect(diagnose(fine, { stage: 'sft' })).toEqual([]);
  });

  it('reward models: overfit by their accuracy, and their scores are no log-ratios', () => {
    const lines = constructedRun({
      train: { ...loss, 'rewards/accuracies': [line(0.5, 1), 0.02], 'rewards/chosen': [line(3, -4), 0.1] },
      evaluated: {
        eval_pairs: () => 300,
        eval_accuracy: (x) => (x === 0 ? 0.5 : 0.6),
        eval_loss: (x) => 0.6 + x * x,
      },
    });
    expect(
      codes(diagnose(lines, runFacts({ stage: 'reward', reward: { centering: 0 }, model: { sha256: 'a' } }))),
    ).toEqual(['overfitting']);
  });

  it('on samples of the policy: lengths come from the samples, and losses have no value', () => {
    const lines = constructedRun({
      train: {
        loss: [line(0, 5), 0.1],
        'completions/mean_length': [line(20, 100), 3],
        'rewards/accuracies': [() => 0.5, 0.1],
        'objective/kl': [line(0, 4), 0.1],
      },
    });
    expect(alarms(lines, { stage: 'policy-gradient', reference: true })).toEqual(['longer-responses']);
  });

  it('with a reference elsewhere for good reason, or none: no surprise that ratios are not 0', () => {
    const { lines } = cases['reference-is-not-the-start'];
    expect(alarms(lines, { ...facts, startsAwayFromReference: true })).toEqual([
      'reference-is-not-the-start',
    ]);
    expect(alarms(lines, { ...facts, reference: false })).toEqual([]);
  });
});

describe('the table', () => {
  it('has a section of the page for each finding, with its title', async () => {
    const page = await readFile(new URL('../../../../docs/reading-a-run.md', import.meta.url), 'utf8');
    const sections = page.split(/^### /m).slice(1);
    const slug = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');
    const found = new Map(
      sections.map((section) => [slug(section.split('\n')[0] ?? ''), section.replace(/\s+/g, ' ')]),
    );
    expect([...found.keys()].sort()).toEqual(rules.map(({ code }) => code).sort());
    for (const { code, title } of rules) expect(found.get(code)).toContain(title);
  });

  it('gives advice on everything that is not normal, and has each finding once', () => {
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length);
    for (const { level, advice } of rules) if (level !== 'normal') expect(advice.length).toBeGreaterThan(0);
  });
});

it('config.json tells of the run', () => {
  const configuration = {
    stage: 'preference',
    reference: 'a',
    model: { sha256: 'a' },
    configuration: { settings: { beta: 0.05 } },
  };
  expect(runFacts(configuration)).toEqual({
    stage: 'preference',
    beta: 0.05,
    reference: true,
    startsAwayFromReference: false,
  });
  expect(runFacts({ ...configuration, model: { sha256: 'b' } }).startsAwayFromReference).toBe(true);
  expect(
    runFacts({ ...configuration, model: { sha256: 'b' }, lora: { rank: 4 } }).startsAwayFromReference,
  ).toBe(false);
  expect(runFacts({ stage: 'sft' })).toEqual({
    stage: 'sft',
    reference: false,
    startsAwayFromReference: false,
  });
});
