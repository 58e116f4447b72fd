import { expect, test } from 'vitest';
import { csv } from './csv.js';
import { markdownCode, markdownSentence, markdownTable, markdownText } from './markdown-table.js';

test('names of others open no tag, link, or cell in Markdown', () => {
  const name = '<img src=x onerror=alert(1)> | [a](b)\n# `c`';
  expect(markdownTable(['a'], [[markdownText(name)]]).split('\n')).toHaveLength(3);
  expect(markdownText(name)).toBe('\\<img src=x onerror=alert(1)\\> \\| \\[a\\](b) # \\`c\\`');
  expect(markdownSentence(`${name} at p < 0.05`)).toBe(
    '\\<img src=x onerror=alert(1)> \\| [a](b) # \\`c\\` at p < 0.05',
  );
  expect(markdownCode("ais study --set 'a`b|c'\nrm")).toBe("``ais study --set 'a`b\\|c' rm``");
  expect(markdownCode('`')).toBe('`` ` ``');
  expect(markdownCode('ais report')).toBe('`ais report`');
});

test.each([
  ['=1+2', "'=1+2"],
  ['+cmd', "'+cmd"],
  ['-x', "'-x"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\tx', "'\tx"],
  ['\r=x', '"\'\r=x"'],
  ['a,"b"', '"a,""b"""'],
  ['DPO', 'DPO'],
  ['-1.5e-3', '-1.5e-3'],
  [-1.5, '-1.5'],
])('the cell %j is no formula in a spreadsheet', (value, cell) => {
  expect(csv([{ cell: value }])).toBe(`cell\n${cell}\n`);
});
