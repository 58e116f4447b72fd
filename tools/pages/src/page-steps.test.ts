import { expect, test } from 'vitest';
import { pageSteps } from './page-steps.js';

test('finds files, commands, and what they print, in the order of the page', () => {
  const page = [
    'Save `judge.mjs`:',
    '```js\nserve();\n```',
    '```sh\nnode judge.mjs &\n```',
    '```text\nlistening\n```',
    'An example:',
    '```yaml\na: 1\n```',
    '```text\nalone\n```',
  ].join('\n\n');
  expect(pageSteps(page)).toEqual([
    { kind: 'file', line: 3, path: 'judge.mjs', content: 'serve();\n' },
    { kind: 'commands', line: 7, script: 'node judge.mjs &\n', printed: 'listening\n' },
  ]);
});

test('of what is shown as typed, takes the commands if asked', () => {
  const page = '```console\n$ pip install \\\n  llama\n$ python a.py\nAn apple.\n```\n';
  expect(pageSteps(page)).toEqual([]);
  expect(pageSteps(page, { console: true })).toEqual([
    { kind: 'commands', line: 1, script: 'pip install \\\n  llama' },
    { kind: 'commands', line: 1, script: 'python a.py', printed: 'An apple.\n' },
  ]);
});
