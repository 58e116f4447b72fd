import { expect, test } from 'vitest';
import { weightsCsv } from './study-csv.js';

test('the weights of one method on two data sets are told apart', () => {
  const own = {
    method: 'AIS-DPO',
    beta: 0.1,
    seed: 1,
    goldMargin: [2],
    chosenLength: [3],
    rejectedLength: [4],
  };
  const weights = [
    { ...own, data: 'D1' as const, logWeight: [-1] },
    { ...own, data: 'D2' as const, logWeight: [-2] },
    // Of earlier versions.
    { ...own, logWeight: [-3] },
  ];
  expect(weightsCsv({ weights }).trim().split('\n')).toEqual([
    'method,beta,data,seed,pair,log_weight,gold_margin,chosen_length,rejected_length',
    'AIS-DPO,0.1,D1,1,0,-1,2,3,4',
    'AIS-DPO,0.1,D2,1,0,-2,2,3,4',
    'AIS-DPO,0.1,,1,0,-3,2,3,4',
  ]);
});
