import { memoryBytesPerPair, type StartingResult } from '../benchmarks/starting.js';
import { conditions, digits, gigabytes, table } from './markdown.js';

export function renderStarting(result: StartingResult): string {
  const { settings, starts } = result;
  const growth = settings.commands.map(
    (command) => `${digits(memoryBytesPerPair(result, command))} (\`ais ${command}\`)`,
  );
  return [
    '## Starting on a prepared set',
    '',
    'From a command’s settings to the end of its first step, of 16 pairs of a dozen words with a model of 200,000 parameters on WASM, on one ' +
      'thread: hashes of the files compared, the fingerprint of all pairs, the order of the first epoch, and, for `ais train` with DPO, the ' +
      'reference’s log-probabilities that the step needs. Nothing is evaluated. Each in a process of its own.',
    '',
    table(
      ['command', 'pairs', 'seconds', 'CPU seconds', 'peak memory, GB'],
      starts.map(({ command, pairs, seconds, processorSeconds, peakMemoryBytes }) => [
        `\`ais ${command}\``,
        pairs.toLocaleString('en'),
        digits(seconds),
        digits(processorSeconds),
        gigabytes(peakMemoryBytes),
      ]),
    ),
    '',
    `One more pair takes ${growth.join(', ')} bytes of memory at the peak; its texts and tokens stay in the file.`,
    '',
    conditions(result),
  ].join('\n');
}
