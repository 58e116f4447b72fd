import { expect, test } from 'vitest';
import { csv } from './csv.js';

test('quotes what would break a row', () => {
  expect(
    csv([
      { method: 'AIS-DPO, α = 0.05', beta: 0.01 },
      { method: 'the "other"', beta: 1 },
    ]),
  ).toBe('method,beta\n"AIS-DPO, α = 0.05",0.01\n"the ""other""",1\n');
});
