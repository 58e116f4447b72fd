import { type PreparingResult, summarizePreparing } from '../benchmarks/preparing.js';
import { conditions, digits, gigabytes, table } from './markdown.js';

export function renderPreparing(result: PreparingResult): string {
  const { settings, sets } = result;
  const { timeExponent, memoryBytesPerRow } = summarizePreparing(result);
  return [
    '## Preparing a data set',
    '',
    'What `ais data build` does with rows of a dozen words that are made as they are read, on one thread: tokens, duplicates (one row in ' +
      'a thousand), splits, and the check for leaks. Each set in a process of its own.',
    '',
    table(
      ['rows', 'seconds', 'CPU seconds', 'rows per CPU second', 'peak memory, GB', 'set on disk, GB'],
      sets.map(({ seconds, processorSeconds, peakMemoryBytes, bytes }, index) => {
        const rows = settings.rows[index] ?? Number.NaN;
        return [
          rows.toLocaleString('en'),
          digits(seconds),
          digits(processorSeconds),
          digits(rows / processorSeconds),
          gigabytes(peakMemoryBytes),
          gigabytes(bytes),
        ];
      }),
    ),
    '',
    `CPU time grows with the rows to the power of ${timeExponent.toFixed(2)}. One more row takes ${digits(memoryBytesPerRow)} bytes of memory.`,
    '',
    conditions(result),
  ].join('\n');
}
