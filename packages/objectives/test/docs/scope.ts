import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import * as contrib from '../../src/contrib/index.js';
import * as gradients from '../../src/gradients/index.js';
import type { TokenPairBatch } from '../../src/index.js';
import * as objectives from '../../src/index.js';
import * as testing from '../../src/testing/index.js';
import { toBatch } from '../../src/testing/rows.js';
import { goldenOf } from '../golden.js';
import { pairBatch } from '../pair-batch.js';

/** What the snippets of comments may use: the package, TensorFlow.js, fast-check, and data to work on. */
export function scope(): Record<string, unknown> {
  const tests: Promise<unknown>[] = [];
  const score = tf.tensor1d([1, -1]);
  return {
    ...objectives,
    ...contrib,
    ...testing,
    ...gradients,
    tf,
    fc,
    batch: pairBatch({ policyChosen: [-3, -2], policyRejected: [-4, -1], chosenLength: [3, 4] }),
    tokens: toBatch<TokenPairBatch>({
      policyChosenTokens: [
        [-1, -1, -1],
        [-0.5, -0.5, -0.5, -0.5],
      ],
      policyRejectedTokens: [[-4], [-1]],
      referenceChosenTokens: [
        [0, 0, 0],
        [0, 0, 0, 0],
      ],
      referenceRejectedTokens: [[0], [0]],
    }),
    chosenScore: score,
    rejectedScore: score,
    chosenReward: score,
    rejectedReward: score,
    chosenCertainty: score,
    rejectedCertainty: score,
    policy: score,
    reference: score,
    behavior: score,
    sampleTokens: {
      policyTokens: tf.tensor1d([-1, -1, -1, -1, -1, -1]),
      behaviorTokens: tf.tensor1d([-1, -1, -1, -1, -2, -1]),
      tokenRow: tf.tensor1d([0, 0, 0, 1, 1, 1], 'int32'),
    },
    rewards: score,
    label: tf.tensor1d([1, 0]),
    divergence: tf.tensor1d([0.5, 0.5]),
    length: tf.tensor1d([3, 3]),
    group: tf.tensor1d([0, 0]),
    myObjective: objectives.dpo,
    optionsArbitrary: fc.constant({ beta: 0.1 }),
    golden: goldenOf('dpo'),
    console: { log: () => undefined },
    test: (_name: string, run: () => Promise<unknown>) => tests.push(run()),
    tests,
  };
}

/** Runs the snippet of a comment; printing tensors stays silent. */
export async function runSnippet(code: string): Promise<void> {
  const names = scope();
  await run(code, names);
  await Promise.all(names['tests'] as Promise<unknown>[]);
}

const modules: Readonly<Record<string, object>> = {
  '@ais/objectives': objectives,
  '@ais/objectives/contrib': contrib,
  '@ais/objectives/gradients': gradients,
  '@tensorflow/tfjs': tf,
  '@tensorflow/tfjs-core': tf,
};

/** Runs a page's snippet as it stands: what it does not import it does not have. */
export async function runModule(code: string): Promise<void> {
  const names: Record<string, unknown> = {};
  // The tests have a back end already.
  const program = code.replace(/^import '@tensorflow\/tfjs-backend-cpu';.*$/m, '');
  const body = program.replace(/^import (.*) from '(.*)';.*$/gm, (_, imported: string, from: string) => {
    const module = modules[from] as Record<string, unknown> | undefined;
    if (!module) throw new Error(`a page imports ${from}, but tells no reader to install it`);
    const namespace = /^\* as (\w+)$/.exec(imported)?.[1];
    if (namespace) names[namespace] = module;
    else for (const name of imported.match(/\w+/g) ?? []) names[name] = exportOf(module, name, from);
    return '';
  });
  await run(body, names);
}

function exportOf(module: Record<string, unknown>, name: string, from: string): unknown {
  if (!(name in module)) throw new Error(`${from} has no ${name}`);
  return module[name];
}

async function run(code: string, names: Record<string, unknown>): Promise<void> {
  const print = tf.Tensor.prototype.print;
  tf.Tensor.prototype.print = () => undefined;
  try {
    const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as FunctionConstructor;
    await (new AsyncFunction(...Object.keys(names), code)(
      ...Object.values(names),
    ) as unknown as Promise<void>);
  } finally {
    tf.Tensor.prototype.print = print;
  }
}

/** The value of an expression. */
export function evaluateExpression(expression: string): unknown {
  const names = scope();
  return new Function(...Object.keys(names), `return (${expression});`)(...Object.values(names)) as unknown;
}
