import type { LoadingResult } from '../benchmarks/loading.js';
import { conditions, digits, table, withRange } from './markdown.js';

export function renderLoading(result: LoadingResult): string {
  const { settings, modelBytes, largestTensorBytes, loadings } = result;
  const bound = modelBytes + largestTensorBytes;
  return [
    '## Loading a checkpoint',
    '',
    `A random ${settings.model}, from files in the system's cache: ${digits(modelBytes / 1e6)} MB in float32, the largest tensor ` +
      `${digits(largestTensorBytes / 1e6)} MB. Memory is the most that was resident beyond what was before, each time in a ` +
      `process of its own; both together are ${digits(bound / 1e6)} MB.`,
    '',
    table(
      ['stored as', 'back end', 'seconds', 'memory, MB', 'of model and one tensor'],
      loadings.map(({ type, backend, seconds, addedBytes }) => [
        type,
        `\`${backend}\``,
        withRange(seconds),
        withRange(addedBytes, 1e-6),
        `${((100 * addedBytes.median) / bound).toFixed(1)} %`,
      ]),
    ),
    '',
    conditions(result),
  ].join('\n');
}
