import { expect, test } from 'vitest';
import { builtInStudies } from '../catalog/catalog.js';
import { dpo, ipo, runsOf } from '../methods/methods.js';
import { trainsPolicies } from '../study/study.js';
import { runConflict } from './run-conflict.js';

test('the runs of all built-in studies can be told apart', () => {
  for (const study of builtInStudies.filter(trainsPolicies))
    expect(runConflict(study.runs), study.name).toBeUndefined();
});

test('a run that is listed twice is named with both places', () => {
  expect(runConflict(runsOf([dpo, dpo], [0.1]))).toMatch(/^runs\[1\]: DPO, β = 0\.1 is in runs\[0\] too\. /);
  expect(runConflict(runsOf([dpo], [0.1, 0.1]), () => 'runs[0]')).toMatch(
    /^runs\[0\]: .* is listed twice\. /,
  );
  expect(runConflict(runsOf([dpo], [0.1, 0.2], ['D1', 'D2']))).toBeUndefined();
});

test('two methods with one title are refused at any β', () => {
  const runs = [...runsOf([dpo], [0.1]), ...runsOf([{ ...ipo, title: 'DPO' }], [0.5])];
  expect(runConflict(runs)).toMatch(/^runs\[1\]\.title: "DPO" is another method in runs\[0\]\. /);
});

test('a method is the same with its defaults, and with its options in another order', () => {
  const [one, other] = [
    { ...dpo, importance: { smoothing: 1, clip: { lower: -1, upper: 1 } } },
    { ...dpo, behavior: 'reference' as const, importance: { clip: { upper: 1, lower: -1 }, smoothing: 1 } },
  ];
  expect(runConflict([...runsOf([one], [0.1]), ...runsOf([other], [0.5])])).toBeUndefined();
});
