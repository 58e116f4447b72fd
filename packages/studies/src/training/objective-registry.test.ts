import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { chooseObjective, objectiveNames } from './objective-registry.js';

const settings = { objectiveOptions: {}, beta: 0.1, importance: 'none', online: false } as const;

const batch = () => ({
  policyChosen: tf.tensor1d([-3, -5]),
  policyRejected: tf.tensor1d([-4, -4]),
  referenceChosen: tf.tensor1d([-3.5, -5.5]),
  referenceRejected: tf.tensor1d([-4.5, -3]),
  chosenLength: tf.tensor1d([3, 5]),
  rejectedLength: tf.tensor1d([4, 4]),
  chosenCertainty: tf.tensor1d([-0.5, -0.1]),
  rejectedCertainty: tf.tensor1d([-0.2, -0.3]),
});

it.each(objectiveNames)('makes %s', async (objective) => {
  const chosen = await chooseObjective({ ...settings, objective });
  expect(chosen.feedback).toBe(objective === 'rloo' ? 'samples' : 'pairs');
  if (chosen.feedback === 'pairs') {
    const { losses } = chosen.objective.evaluate(batch());
    expect([...losses.dataSync()].every(Number.isFinite)).toBe(true);
  }
});

it('weighs by importance where the name or the setting says so', async () => {
  const losses = async (more: object): Promise<number[]> => {
    const chosen = await chooseObjective({ ...settings, objective: 'dpo', ...more });
    if (chosen.feedback !== 'pairs') throw new Error('pairs are due');
    return [...chosen.objective.evaluate(batch()).losses.dataSync()];
  };
  const plain = await losses({});
  const adaptive = await losses({ objective: 'ais-dpo' });
  expect(adaptive).not.toEqual(plain);
  expect(await losses({ importance: 'inverse-length' })).toEqual(adaptive);
  expect(await losses({ importance: 0 })).toEqual(plain);
  expect(await losses({ objectiveOptions: { labelSmoothing: 0.2 } })).not.toEqual(plain);
});

it('suggests the nearest name, and refuses options that an objective has not', async () => {
  await expect(chooseObjective({ ...settings, objective: 'ipp' })).rejects.toThrow(/Did you mean "ipo"/);
  const unknown = chooseObjective({ ...settings, objective: 'rpo', objectiveOptions: { etta: 1 } });
  await expect(unknown).rejects.toThrow(/no "etta".*"eta"/);
  const missing = chooseObjective({ ...settings, objective: './no-such.js' });
  await expect(missing).rejects.toThrow(/could not be loaded/);
});
