import { expect, test } from 'vitest';
import { outsideNames, requireAllowed } from './outside-names.js';

test('finds code and servers at every depth, and nothing else', () => {
  const harmless = {
    objective: 'ais-dpo',
    scorer: 'oracle',
    model: 'openai:gpt',
    source: './posts.jsonl',
    judge: { template: './judge.md', system: 'See https://example.test for how to judge.' },
    runs: [{ method: { objective: 'humanline-dpo' } }, { method: { objective: 'dpo' } }],
    steps: 3,
    study: 'fig2',
    config: './settings.yaml',
    api: { cache: 'runs/api-answers.jsonl' },
    nothing: null,
  };
  expect(outsideNames(harmless)).toEqual([]);
  const outside = {
    objective: '@org/objective',
    scorer: 'http://judge.test/score',
    gold: { judge: './judge.mjs#strict' },
    runs: [{ method: { objective: '/tmp/own.cjs' } }],
    file: 'study.ts',
    study: './study.yaml',
    policy: 'package#export',
    store: 's3://bucket/prefix',
    api: { cache: '../theirs.jsonl' },
  };
  expect(outsideNames(outside).map(({ key }) => key)).toEqual([
    'objective',
    'scorer',
    'gold.judge',
    'runs.0.method.objective',
    'file',
    'study',
    'policy',
    'store',
    'api.cache',
  ]);
});

test('code of a folder runs only where the command line names it', () => {
  const settings = { objective: './own.js', scorer: 'http://judge.test/score' };
  expect(() => requireAllowed('runs/theirs', settings, ['./own.js'])).toThrow(
    expect.objectContaining({
      code: 'not-allowed',
      exit: 'usage',
      message:
        '@ais/pipeline: runs/theirs names code, a server, or a file to write that this would use: scorer http://judge.test/score. ' +
        'If you trust it, say so: --allow http://judge.test/score',
    }),
  );
  requireAllowed('runs/theirs', settings, [undefined, './own.js', 'http://judge.test/score']);
});

test.each([
  ['an export after a line break', './st/evil.js#a\nb'],
  ['code in the address', 'data:text/javascript,export default 1//#x'],
  ['code in the address, and no identifier', 'data:text/javascript,export default 1//#a-b'],
  ['code in the address, and no export', 'data:text/javascript,export default 1//#'],
  ['code in the address, and two exports', 'data:text/javascript,1//#b#c'],
  ['code in the address in capitals', 'DATA:text/javascript,export default 1'],
  ['the end of a file after two exports', './evil#a#b.cjs'],
  ['a file on Windows', 'C:\\tmp\\evil.mjs'],
  ['a file elsewhere on Windows', '\\\\server\\share\\evil.ts#default'],
  ['the URL of a file', 'file:///tmp/evil.mjs#x'],
  ['a folder of a package', '@org/name/judges#strict'],
  ['a server, with a space in the address', 'http://judge.test/a b'],
  ['a server, with a line break in the address', 'https://judge.test/\nscore'],
])('asks for %s, however deep it is', (_what, name) => {
  for (const settings of [{ scorer: name }, { runs: [{ gold: [[name]] }] }])
    expect(() => requireAllowed('runs/stranger', settings, [])).toThrow(
      expect.objectContaining({ code: 'not-allowed' }),
    );
  requireAllowed('runs/stranger', { scorer: name }, [name]);
});
