import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { loadPretrained } from '../checkpoint/pretrained.js';
import { openSafetensors } from '../checkpoint/safetensors.js';
import type { Architecture } from '../families/architecture.js';
import { SCORE_HEAD } from '../families/model-plan.js';
import type { CausalLanguageModel } from '../model/causal-language-model.js';
import { createRewardModel } from '../model/reward-model.js';
import { gradientsOf, require, requireClose } from './subject.js';

/** What `fixtures/make-golden.py` writes. */
interface Golden {
  readonly tokens: number[][];
  readonly logits: number[][][];
  readonly examples: { prompt: number[]; response: number[] }[];
  readonly loss: number;
  readonly prompts: number[][];
  readonly newTokens: number;
  readonly greedy: number[][];
  readonly sequences: number[][];
  readonly scoreHead: number[];
  readonly scores: number[];
  readonly rewardLoss: number;
}

/** Logits to 1e-4, gradients of every parameter to 1e-3, the same greedy tokens, and scores. */
export async function checkGolden(architecture: Architecture, directory: string): Promise<void> {
  const golden = JSON.parse(await readFile(join(directory, 'golden.json'), 'utf8')) as Golden;
  const model = await loadPretrained(directory, { architectures: [architecture] });
  try {
    const logits = model.logits(golden.tokens);
    requireClose('logits', await logits.data(), golden.logits.flat(2), 1e-4);
    logits.dispose();
    const loss = await gradientsOf(
      model.parameters,
      (): tf.Scalar =>
        tf.neg(
          tf.mean<tf.Scalar>(
            model.sequenceLogProbs(
              golden.examples.map(({ prompt, response }) => ({
                tokens: [...prompt, ...response],
                weights: [...prompt.map(() => 0), ...response.map(() => 1)],
              })),
            ),
          ),
        ),
    );
    requireClose('the loss', [loss.value], [golden.loss], 1e-4);
    await requireGradients(loss.gradients, model, join(directory, 'gradients.safetensors'));
    const generations = await model.generate(golden.prompts, {
      maxNewTokens: golden.newTokens,
      temperature: 0,
      seed: 1,
    });
    golden.greedy.forEach((tokens, index) => {
      requireClose(`greedy tokens of prompt ${index}`, generations[index]?.tokens ?? [], tokens, 0);
    });
    await checkRewards(model, golden, join(directory, 'reward-gradients.safetensors'));
  } finally {
    model.dispose();
  }
}

async function checkRewards(model: CausalLanguageModel, golden: Golden, gradients: string): Promise<void> {
  const reward = createRewardModel(model, { seed: 1 });
  try {
    tf.tidy(() => reward.parameters.get(SCORE_HEAD)?.assign(tf.tensor2d([golden.scoreHead])));
    const scores = reward.scores(golden.sequences);
    requireClose('scores', await scores.data(), golden.scores, 1e-4);
    scores.dispose();
    const loss = await gradientsOf(reward.parameters, () =>
      tf.sum(tf.square(reward.scores(golden.sequences))),
    );
    requireClose('the loss of scores', [loss.value], [golden.rewardLoss], 1e-4);
    await requireGradients(loss.gradients, reward, gradients);
  } finally {
    reward.dispose();
  }
}

/** Every gradient, in the shape that files have it in; a parameter that has none there has a gradient of 0. */
async function requireGradients(
  gradients: ReadonlyMap<string, Float32Array>,
  { architecture, configuration }: Pick<CausalLanguageModel, 'architecture' | 'configuration'>,
  path: string,
): Promise<void> {
  const turned = new Map(
    Array.from(architecture.parameters(configuration), ({ name, transposed }) => [name, transposed ?? false]),
  );
  const file = await openSafetensors(path);
  try {
    for (const name of file.entries.keys()) {
      require(gradients.has(name), `${path} has a gradient of ${name}, which is no parameter.`);
    }
    for (const [name, found] of gradients) {
      const entry = file.entries.get(name);
      const stored = entry ? await file.read(name) : new Float32Array(found.length);
      const [rows = 0, columns = 0] = entry?.shape ?? [];
      const expected = turned.get(name) ? transposed(stored, rows, columns) : stored;
      requireClose(`the gradient of ${name}`, found, expected, 1e-3);
    }
  } finally {
    await file.close();
  }
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  return values.map((_, index) => values[(index % rows) * columns + Math.floor(index / rows)] as number);
}
