import type { ThreadsResult } from '../benchmarks/threads.js';
import { conditions, table, withRange } from './markdown.js';

export function renderThreads(result: ThreadsResult): string {
  return [
    '## Threads on WASM',
    '',
    'Preference steps on WASM, the whole step with AdamW, with several numbers of threads in turn: medians, with the extremes. The ratio is that of the ' +
      'two steps of a round.',
    '',
    table(
      ['model', 'pairs', 'tokens', 'threads', 'seconds per step', 'times as fast'],
      result.cases.flatMap(({ model, pairs, tokens, steps }) =>
        steps.map(({ threads, seconds, speedup }) => [
          `\`${model}\``,
          `${pairs}`,
          `${tokens}`,
          `${threads}`,
          withRange(seconds),
          withRange(speedup),
        ]),
      ),
    ),
    '',
    conditions(result),
  ].join('\n');
}
