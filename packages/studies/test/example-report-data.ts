import type { DemoReportData, ReportedPoint } from '../src/report/demo-report-data.js';

/** Deterministic outcomes of n prompts with about this rate: prompts differ in difficulty, as real ones do. */
export function exampleOutcomes(rate: number, n: number, salt: number): number[] {
  return Array.from({ length: n }, (_, index) => {
    const difficulty = (index * 0.618033988749895) % 1;
    const luck = ((index + 1) * (salt + 1) * 0.7548776662466927) % 1;
    return 0.85 * difficulty + 0.15 * luck < rate ? 1 : 0;
  });
}

function point(fraction: number, rate: number, squareRootKl: number, salt: number, n: number): ReportedPoint {
  const outcomes = exampleOutcomes(rate, n, salt);
  const mean = outcomes.reduce((sum, value) => sum + value, 0) / n;
  const half = 1.96 * Math.sqrt((mean * (1 - mean)) / n);
  return {
    fraction,
    step: Math.round(fraction * 200),
    winRate: { rate: mean, low: mean - half, high: mean + half, n, ties: 0, outcomes },
    kl: { mean: squareRootKl ** 2, standardError: 0.05 * squareRootKl ** 2 },
    meanLength: 24 + 6 * squareRootKl,
    goldRewardMean: 2 * rate - 1,
  };
}

const fractions = Array.from({ length: 11 }, (_, index) => index / 10);

/** A run in which DPO peaks early and falls while AIS-DPO rises: the shape of the paper's figure 3. */
export function exampleReportData(n: number = 512): DemoReportData {
  return {
    methods: [
      {
        name: 'AIS-DPO',
        description: 'DPO with each pair weighted by the smoothed importance ratio, α = 1/|y|; β = 0.05.',
        adaptive: true,
        points: fractions.map((fraction, index) =>
          point(fraction, 0.32 + 0.36 * (1 - Math.exp(-3.2 * fraction)), 3.4 * fraction ** 0.55, index, n),
        ),
      },
      {
        name: 'DPO',
        description: 'Direct preference optimization, unweighted; β = 0.05.',
        adaptive: false,
        points: fractions.map((fraction, index) =>
          point(
            fraction,
            0.32 + 0.36 * (1 - Math.exp(-11 * fraction)) - 0.24 * Math.max(0, fraction - 0.2),
            9.1 * fraction ** 0.6,
            index + 20,
            n,
          ),
        ),
      },
    ],
    sft: point(0, 0.32, 0, 0, n),
    samples: [
      {
        prompt:
          'SUBREDDIT: r/libs\n\nTITLE: libexample-dev\n\nPOST: This package provides the headers and static library.\n\nIt is needed to build programs against it & <nothing> else.\n\nTL;DR:',
        reference: { text: 'example library, development files', reward: 0.61 },
        responses: [
          { method: 'SFT', text: 'library for the example', reward: -0.2 },
          { method: 'AIS-DPO', text: 'development files for the example library', reward: 1.37 },
          {
            method: 'DPO',
            text: 'headers headers static library headers and static library needed to build programs against it else',
            reward: -1.05,
          },
        ],
      },
      {
        prompt: `SUBREDDIT: r/net\n\nTITLE: ${'averylongpackagename'.repeat(6)}\n\nPOST: ${'A network daemon that keeps clocks in step over links that lose many packets. '.repeat(14)}\n\nTL;DR:`,
        reference: { text: 'clock synchronization daemon for lossy networks' },
        responses: [
          { method: 'SFT', text: 'network daemon', reward: 0.1 },
          { method: 'AIS-DPO', text: 'daemon that keeps clocks in step over lossy links', reward: 1.9 },
          { method: 'DPO', text: 'clocks daemon clocks daemon \u0007 clocks', reward: -0.7 },
        ],
      },
    ],
    settings: {
      'training records': 4000,
      'evaluation prompts': n,
      'policy parameters': 1_204_480,
      'gold model parameters': 4_728_833,
      β: 0.05,
      'learning rate': 0.0005,
      smoothing: '1/|y| per response',
    },
    stages: [
      { name: 'corpus', seconds: 0.41, detail: '4,000 records, vocabulary 512' },
      { name: 'SFT', seconds: 42.3, detail: '300 steps, loss 1.84' },
      { name: 'gold reward model', seconds: 31.2, detail: '74.1 % of held-out pairs' },
      { name: 'AIS-DPO', seconds: 71, detail: '200 steps' },
      { name: 'DPO', seconds: 69.5, detail: '200 steps' },
    ],
    backend: 'wasm',
    versions: { node: '20.20.2', '@tensorflow/tfjs-core': '4.22.0', '@ais/studies': '0.0.0' },
    command: 'npx -y pnpm demo --seed 1',
    seed: 1,
    source: 'synthetic',
    preset: 'tiny',
  };
}
