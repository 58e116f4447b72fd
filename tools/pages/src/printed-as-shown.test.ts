import { expect, test } from 'vitest';
import { missingLines } from './printed-as-shown.js';

const printed = 'sft: 1/9, loss 2.5\n3,000 rows (a.csv)\ndone\n';

test.each([
  ['numbers may differ', 'sft: 7/8, loss 0.01', []],
  ['an ellipsis is anything', '… rows (a.csv)\ndone', []],
  ['lines in another order', 'done\n9,999 rows (a.csv)', ['9,999 rows (a.csv)']],
  ['a line that was not printed', 'sft: 1/9, loss', ['sft: 1/9, loss']],
])('%s', (_, shown, missing) => {
  expect(missingLines(shown, printed)).toEqual(missing);
});
