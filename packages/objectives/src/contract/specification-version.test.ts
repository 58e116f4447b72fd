// An objective as version 1 had it, written without this package's help, keeps its meaning under version 2.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { conforms } from '../../test/conformance.js';
import { importanceWeighted } from '../importance/importance-weighted.js';
import { dpo } from '../objectives/dpo.js';
import { humanline } from '../objectives/humanline.js';
import { weightedSum } from '../objectives/weighted-sum.js';
import type { PairBatch } from './batch.js';
import { specificationVersion } from './specification-version.js';

const plugin = ({ beta }: { beta: number }) => ({
  specificationVersion: 'v1' as const,
  name: 'plugin',
  requires: { feedback: 'pairs' as const, reference: true },
  evaluate: (batch: PairBatch) => {
    if (
      batch.policyChosen.rank !== 1 ||
      batch.policyChosen.shape.join() !== batch.chosenLength.shape.join()
    ) {
      throw new Error('plugin: expected [batch]');
    }
    for (const tensor of [batch.policyRejected, batch.referenceChosen, batch.referenceRejected]) {
      if (tensor.shape.join() !== batch.policyChosen.shape.join())
        throw new Error('plugin: expected [batch]');
    }
    return tf.tidy(() => {
      const ofReference = tf.sub<tf.Tensor1D>(batch.referenceChosen, batch.referenceRejected);
      const stopped = tf.customGrad((x) => ({
        value: tf.clone(x as tf.Tensor),
        gradFunc: (upstream: tf.Tensor) => tf.zerosLike(upstream),
      }))(ofReference) as tf.Tensor1D;
      const margin = tf.sub<tf.Tensor1D>(tf.sub(batch.policyChosen, batch.policyRejected), stopped);
      return { losses: tf.neg(tf.mul<tf.Tensor1D>(beta, margin)), metrics: {} };
    });
  },
});

conforms(plugin, {
  optionsArbitrary: fc.record({ beta: fc.constantFrom(0.1, 0.5) }),
  skip: { golden: 'it is linear, and finite differences say all there is to know' },
});

it('is weighted and added up as before, still of version 1', () => {
  const weighted = importanceWeighted(plugin({ beta: 1 }));
  const sum = weightedSum([
    { objective: plugin({ beta: 1 }), weight: 1 },
    { objective: dpo({ beta: 1 }), weight: 1 },
  ]);
  for (const { specificationVersion: version, requires } of [weighted, sum]) {
    expect(version).toBe('v1');
    expect(Object.keys(requires)).toEqual(['feedback', 'reference']);
  }
});

it('is of version 2 where a part of it is', () => {
  const bounded = humanline(dpo({ beta: 1 }));
  expect(importanceWeighted(bounded).specificationVersion).toBe('v2');
  const sum = weightedSum([
    { objective: dpo({ beta: 1 }), weight: 1 },
    { objective: bounded, weight: 1 },
  ]);
  expect(sum).toMatchObject({ specificationVersion: 'v2', requires: { tokens: true } });
  expect(specificationVersion({ feedback: 'unpaired', reference: false })).toBe('v2');
  expect(specificationVersion({ feedback: 'pairs', reference: true, tokens: false })).toBe('v1');
});
