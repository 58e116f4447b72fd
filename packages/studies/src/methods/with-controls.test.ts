import { expect, it } from 'vitest';
import { aisDpo, dpo, runsOf } from './methods.js';
import { atBetas, withControls } from './with-controls.js';

const shown = (runs: ReturnType<typeof withControls>) =>
  runs.map(({ method, beta, data }) => `${method.title} ${beta} ${data}`);

it('puts controls beside AIS-DPO at its β and on its data, each once', () => {
  const runs = withControls(runsOf([dpo, aisDpo], [0.01, 0.1], ['D1']), ['mean-weight']);
  expect(shown(runs)).toEqual([
    'DPO 0.01 D1',
    'DPO 0.1 D1',
    'AIS-DPO 0.01 D1',
    'AIS-DPO 0.1 D1',
    'mean weight alone 0.01 D1',
    'mean weight alone 0.1 D1',
  ]);
  expect(withControls(runs, ['mean-weight'])).toEqual(runs);
  expect(withControls(runsOf([dpo], [0.01]), ['bounded'])).toHaveLength(1);
});

it('runs each method on each data set at other β', () => {
  expect(shown(atBetas(runsOf([dpo, aisDpo], [0.01, 0.05], ['D0']), [0.1, 0.5]))).toEqual([
    'DPO 0.1 D0',
    'DPO 0.5 D0',
    'AIS-DPO 0.1 D0',
    'AIS-DPO 0.5 D0',
  ]);
});
