import type { GenerationResult, GeneratorResult } from '../benchmarks/generation.js';
import { conditions, digits, gigabytes, percent, table, times } from './markdown.js';

export function renderGeneration(result: GenerationResult): string {
  const { ours, transformers, settings, equalResponses } = result;
  const row = (title: string, side: GeneratorResult): string[] => [
    title,
    speed(side.greedyTokensPerSecond, side.greedySeconds),
    speed(side.sampledTokensPerSecond, side.sampledSeconds),
    gigabytes(side.peakMemoryBytes),
  ];
  const newTokens = settings.batch * settings.newTokens;
  function speed(median: number, seconds: GeneratorResult['greedySeconds']): string {
    return `${digits(median)} (${digits(newTokens / seconds.maximum)}–${digits(newTokens / seconds.minimum)})`;
  }
  const stored = settings.dtype === 'bfloat16';
  return [
    `## Generation${settings.model === 'smollm2' ? `, smollm2, ${settings.batch === 1 ? 'one prompt' : `${settings.batch} prompts`}` : ''}${stored ? ', weights stored as bfloat16' : ''}`,
    '',
    `${settings.batch} ${settings.batch === 1 ? 'prompt' : 'prompts'} of ${settings.promptTokens} tokens on average, ${settings.newTokens} new tokens each, with a random ` +
      `${settings.model} in float32${stored ? ' on both sides, from a checkpoint in bfloat16 as models are published' : ''}; the time includes reading the prompts. Medians, with the extremes, of ` +
      `${ours.greedySeconds.values.length} runs after a warm-up.`,
    '',
    table(
      ['', 'greedy, tokens/s', 'temperature 1, tokens/s', 'peak memory, GB'],
      [
        row(`ours, \`${result.backend}\``, ours),
        ...(transformers ? [row("transformers' `generate`", transformers)] : []),
        ...(transformers
          ? [
              [
                'ours over theirs',
                times(ours.greedyTokensPerSecond / transformers.greedyTokensPerSecond),
                times(ours.sampledTokensPerSecond / transformers.sampledTokensPerSecond),
                times(ours.peakMemoryBytes / transformers.peakMemoryBytes),
              ],
            ]
          : []),
      ],
    ),
    '',
    ...(equalResponses === undefined
      ? []
      : [
          `${percent(equalResponses)} of the greedy responses are the same on both sides, token for token.`,
          '',
        ]),
    conditions(result),
  ].join('\n');
}
