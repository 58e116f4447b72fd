import type { ShapesResult } from '../benchmarks/shapes.js';
import { conditions, digits, gigabytes, table } from './markdown.js';

export function renderShapes(result: ShapesResult): string {
  const { settings, steps } = result;
  return [
    "## Pythia's models",
    '',
    `Two preference steps of ${settings.pairs} ${settings.pairs === 1 ? 'pair' : 'pairs'} (a prompt of ${settings.promptTokens} tokens, ` +
      `responses of about ${settings.responseTokens}) with random weights in float32: gradients, clipping and AdamW of every ` +
      'parameter, whose moments are kept as float32 or as bfloat16. The first step makes the optimizer’s state.',
    '',
    table(
      [
        'model',
        'back end',
        'moments',
        'parameters, millions',
        'tokens',
        'first step, s',
        'second step, s',
        'peak memory, GB',
        'bytes per parameter',
      ],
      steps.map(({ model, backend, moments, parameters, tokens, seconds, peakMemoryBytes }) => [
        model,
        `\`${backend}\``,
        moments,
        digits(parameters / 1e6),
        `${tokens}`,
        digits(seconds.first),
        digits(seconds.second),
        gigabytes(peakMemoryBytes),
        digits(peakMemoryBytes / parameters),
      ]),
    ),
    '',
    conditions(result),
  ].join('\n');
}
