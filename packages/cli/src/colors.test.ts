import { afterEach, describe, expect, test, vi } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { hasColors } from './colors.js';
import { runProgram } from './program.js';

const terminal = { isTTY: true, hasColors: () => true };
const file = {};

test.each([
  ['a terminal', terminal, {}, true],
  ['a terminal without colors', { isTTY: true, hasColors: () => false }, {}, false],
  ['a file', file, {}, false],
  ['a terminal, with NO_COLOR', terminal, { NO_COLOR: '1' }, false],
  ['a terminal, with an empty NO_COLOR', terminal, { NO_COLOR: '' }, true],
  ['a file, with FORCE_COLOR', file, { FORCE_COLOR: '1' }, true],
  ['a terminal, with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
  ['a file, with both', file, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
])('whether there are colors on %s', (_, stream, environment, expected) => {
  expect(hasColors(stream, environment)).toBe(expected);
});

describe('what ais prints', () => {
  const output = capturedOutput();
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  const commands = [[], ['--help'], ['train', '--help'], ['train', '--nonsense'], ['study', 'novel']];

  test.each([
    ['FORCE_COLOR', { FORCE_COLOR: '1' }, true],
    ['NO_COLOR', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('honors %s', async (_, environment, expected) => {
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    for (const argv of commands) {
      output.out = '';
      output.err = '';
      await runProgram(argv);
      expect((output.out + output.err).includes('\u001B['), argv.join(' ')).toBe(expected);
    }
  });

  test('has no colors without a terminal', async () => {
    vi.stubEnv('FORCE_COLOR', '');
    for (const argv of commands) await runProgram(argv);
    expect(output.out + output.err).not.toContain('\u001B[');
  });
});
