import type { Tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CausalLanguageModel, createModel, createRewardModel, type RewardModel } from '../index.js';

let model: CausalLanguageModel;
let rewardModel: RewardModel;
beforeAll(() => {
  model = createModel({ vocabularySize: 16, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 3 });
  rewardModel = createRewardModel(model, { seed: 4 });
});
afterAll(() => {
  model.dispose();
  rewardModel.dispose();
});

type List = (tokens: readonly number[]) => ArrayLike<number>;
const typed: List = (tokens) => Int32Array.from(tokens);

async function numbers(result: Tensor): Promise<readonly [readonly number[], readonly number[]]> {
  const values = [...(await result.data())];
  result.dispose();
  return [result.shape, values];
}

const calls: readonly (readonly [name: string, call: (list: List) => Tensor])[] = [
  ['logits', (list) => model.logits([list([1, 2, 3])])],
  [
    'responseLogProbs',
    (list) => {
      const pair = { prompt: list([1, 2]), chosen: list([3, 4, 5]), rejected: list([6, 0]) };
      const { chosen, rejected } = model.responseLogProbs([pair]);
      rejected.dispose();
      return chosen;
    },
  ],
  [
    'sequenceLogProbs',
    (list) => model.sequenceLogProbs([{ tokens: list([1, 2, 3]), weights: list([0, 1, 2]) }]),
  ],
  ['tokenLogProbs', (list) => model.tokenLogProbs([{ prompt: list([1]), response: list([2, 3]) }])],
  ['responseLogits', (list) => model.responseLogits([{ prompt: list([1, 2]), response: list([3, 4, 5]) }])],
  ['scores', (list) => rewardModel.scores([list([1, 2, 3])])],
];

it.each(calls)('%s takes tokens in typed arrays', async (_, call) => {
  expect(await numbers(call(typed))).toEqual(await numbers(call((tokens) => tokens)));
});

it('generate takes prompts in typed arrays', async () => {
  const options = { seed: 1, temperature: 0, maxNewTokens: 3 };
  expect(await model.generate([new Uint16Array([1, 2])], options)).toEqual(
    await model.generate([[1, 2]], options),
  );
});

it('weights keep their fractions', async () => {
  const weights = [0, 0.5, 0.25];
  const [plain, other] = [weights, Float32Array.from(weights)].map((each) =>
    model.sequenceLogProbs([{ tokens: typed([1, 2, 3]), weights: each }]),
  );
  expect(await numbers(other!)).toEqual(await numbers(plain!));
});

it.each([
  [
    'the response of sequence 1',
    () => model.tokenLogProbs([{ prompt: [1], response: [2] }, { prompt: [1] }] as never),
  ],
  [
    'the chosen of pair 0',
    () => model.responseLogProbs([{ prompt: [1], chosen: 'a', rejected: [2] }] as never),
  ],
  ['sequence 0', () => rewardModel.scores([5] as never)],
])('%s may be missing, which is said', (what, call) => {
  expect(call).toThrow(
    expect.objectContaining({
      code: 'invalid-tokens',
      message: expect.stringContaining(`${what} is no list of tokens`),
    }),
  );
});
