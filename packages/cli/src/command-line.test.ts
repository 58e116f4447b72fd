import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandLineOf } from './command-line.js';

test('a command can be given again in a shell, without what only shows and without credentials', () => {
  const line = commandLineOf('train', {
    learningRate: '1e-5',
    set: ['a.b=1', "c='d e'"],
    online: true,
    json: true,
    dryRun: false,
    scorer: 'http://user:secret@judge.example/score?key=secret',
    system: 'Be "brief"; $HOME `x`\n2',
  });
  expect(line).not.toContain('secret');
  expect(line).toMatch(
    /^ais train --learning-rate 1e-5 --set a\.b=1 --set .* --online --scorer http:\/\/judge/,
  );
  const words = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' }).split('\0');
  expect(words).toEqual([
    ...['ais', 'train', '--learning-rate', '1e-5', '--set', 'a.b=1', '--set', "c='d e'", '--online'],
    ...['--scorer', 'http://judge.example/score', '--system', 'Be "brief"; $HOME `x`\n2', ''],
  ]);
});
