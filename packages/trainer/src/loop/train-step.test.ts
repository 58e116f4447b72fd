import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { linearStage } from '../../test/linear-stage.js';
import { inMemoryGroup } from '../group/in-memory-group.js';
import type { ProcessGroup } from '../group/process-group.js';
import { combineShares, shareOfGradients } from './train-step.js';

it.each([1, 2])(
  'disposes of a share that the others do not get, with call %i that fails',
  async (failing) => {
    const stage = linearStage();
    const before = tf.memory().numTensors;
    let calls = 0;
    const group: ProcessGroup = {
      ...(inMemoryGroup(2)[0] as ProcessGroup),
      allReduce: async () => {
        calls += 1;
        if (calls === failing) throw new Error('the network is down');
      },
    };
    const share = shareOfGradients(stage, stage.parameters, [0, 1, 2, 3], 2, group);
    await expect(combineShares(stage, stage.parameters, share, group)).rejects.toThrow('the network is down');
    expect(tf.memory().numTensors).toBe(before);
    stage.dispose();
  },
);
