import { expect, test } from 'vitest';
import { aisDpo, controls, dpo, runsOf } from '../methods/methods.js';
import { checkClaims, type DescribedClaim } from './check-claims.js';

const runs = [...runsOf([dpo], [0.1], ['D1', 'D2']), ...runsOf([aisDpo], [0.1])];
const check = (claim: DescribedClaim): void => checkClaims([claim], runs, 'mine.yaml');
const difference = { measure: 'difference-at-end', of: 'AIS-DPO', than: 'DPO', above: 0 };

test('claims about the runs of a study are fine, and about controls that settings may add', () => {
  check(difference);
  check({ measure: 'win-rate', of: 'DPO', data: 'D2', above: 0.5, below: 0.7 });
  check({ ...difference, of: controls.bounded.title });
});

test.each<[Partial<DescribedClaim>, RegExp]>([
  [{ of: 'AIS-DP0' }, /claims\[0\]\.of: no run has the title "AIS-DP0"\. Use one of: DPO, AIS-DPO\./],
  [{ than: 'dpo' }, /claims\[0\]\.than: no run has the title "dpo"/],
  [{ than: undefined }, /claims\[0\]\.than: difference-at-end compares two methods/],
  [{ measure: 'win-rate' }, /claims\[0\]\.than: win-rate is about one method/],
  [{ than: 'AIS-DPO' }, /claims\[0\]\.than: expected another method than "AIS-DPO"/],
  [{ data: 'D2' }, /claims\[0\]\.data: "AIS-DPO" has no run on D2\. Use one of: D1\./],
  [{ above: 0.1, below: -0.1 }, /claims\[0\]\.above: expected less than below \(-0\.1\), got 0\.1/],
])('a claim that no run could settle is refused: %j', (wrong, message) => {
  expect(() => check({ ...difference, ...wrong })).toThrow(message);
  expect(() => check({ ...difference, ...wrong })).toThrow(
    expect.objectContaining({ code: 'invalid-study', message: expect.stringContaining('mine.yaml: ') }),
  );
});
