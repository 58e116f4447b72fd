import type { MemoryResult } from '../benchmarks/memory.js';
import { conditions, digits, table } from './markdown.js';

export function renderMemory(result: MemoryResult): string {
  const { settings, backends } = result;
  const megabytes = (bytes: number | undefined): string => digits((bytes ?? Number.NaN) / 1e6);
  return [
    '## Memory over steps',
    '',
    `${settings.steps} preference steps of ${settings.pairs} pairs (prompts of ${settings.promptTokens} tokens, responses of ` +
      `${settings.responseTokens}) with a small model. Growth is the slope of resident memory over the second half of the steps, ` +
      'with its standard error.',
    '',
    table(
      [
        'back end',
        'tensors after the first and last step',
        'resident after 1/10, 1/2, all, MB',
        'growth, kB per step',
      ],
      backends.map(({ backend, tensors, residentBytes, growth }) => [
        `\`${backend}\``,
        `${tensors.first}, ${tensors.last}`,
        [0.1, 0.5, 1]
          .map((part) => megabytes(residentBytes[Math.ceil(part * residentBytes.length) - 1]))
          .join(', '),
        `${(growth.slope / 1e3).toFixed(2)} ± ${(growth.slopeError / 1e3).toFixed(2)}`,
      ]),
    ),
    '',
    conditions(result),
  ].join('\n');
}
