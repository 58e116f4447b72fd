import type { ScalingPoint, ScalingResult } from '../benchmarks/scaling.js';
import { conditions, digits, gigabytes, table, withRange } from './markdown.js';

export function renderScaling(result: ScalingResult): string {
  const { byPairs, byPrompt, byModel, portable, exponents, settings } = result;
  const series = (points: readonly ScalingPoint[]): string =>
    table(
      [
        'model',
        'back end',
        'pairs',
        'prompt',
        'tokens',
        'GFLOP',
        'seconds per step',
        'tokens/s',
        'GFLOP/s',
        'peak memory, GB',
      ],
      points.map((point) => [
        point.model,
        point.backend,
        `${point.pairs}`,
        `${point.promptTokens}`,
        digits(point.tokens),
        digits(point.operations / 1e9),
        withRange(point.stepSeconds),
        digits(point.tokensPerSecond),
        digits(point.operations / point.stepSeconds.median / 1e9),
        gigabytes(point.peakMemoryBytes),
      ]),
    );
  return [
    '## How the cost grows',
    '',
    `Our preference step, one quantity at a time away from ${settings.pairs} pairs of ${settings.promptTokens} prompt tokens with a ` +
      `${settings.model}. The exponent p of time ∝ quantityᵖ is 1 where the cost is linear; below 1, a part of it is fixed ` +
      '(the update reads and writes every parameter, whatever the batch).',
    '',
    `Pairs: p = ${exponents.pairs.toFixed(2)}.`,
    '',
    series(byPairs),
    '',
    `Prompt length, against the tokens: p = ${exponents.tokens.toFixed(2)}.`,
    '',
    series(byPrompt),
    '',
    `Model size, against the operations: p = ${exponents.operations.toFixed(2)}.`,
    '',
    series(byModel),
    '',
    'Without native TensorFlow:',
    '',
    series([portable]),
    '',
    conditions(result),
  ].join('\n');
}
