import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createModel } from '../model/create-model.js';
import { addLora } from '../model/lora.js';
import type { GeneratedToken, GenerateOptions, GenerateProgress, Generation } from './generation.js';

const VOCABULARY = 20;
const model = createModel(
  {
    vocabularySize: VOCABULARY,
    hiddenSize: 24,
    layerCount: 2,
    headCount: 4,
    initializerRange: 0.25,
    rotaryFraction: 0.67,
  },
  { seed: 8 },
);
afterAll(() => model.dispose());

let tensors: number;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

const prompts = [[3, 4, 5], [6], [7, 8, 9, 10, 11, 12, 13], [3, 4, 5], [14, 2]];
const sampled = {
  maxNewTokens: 9,
  temperature: 1,
  samples: 3,
  seed: 5,
  stopToken: 1,
} satisfies GenerateOptions;

function expectSame(actual: Generation[], expected: Generation[]): void {
  expect(actual.map(({ logProbs: _, ...rest }) => rest)).toEqual(
    expected.map(({ logProbs: _, ...rest }) => rest),
  );
  actual.forEach(({ logProbs }, index) => {
    logProbs.forEach((value, t) => {
      expect(value).toBeCloseTo(expected[index]!.logProbs[t]!, 4);
    });
  });
}

describe('generate', () => {
  it('orders by prompt and sample, stops at the stop token, and gives the log-probabilities that the model does', async () => {
    const generations = await model.generate(prompts, sampled);
    expect(generations.map(({ prompt, sample }) => [prompt, sample])).toEqual(
      prompts.flatMap((_, prompt) => [0, 1, 2].map((sample) => [prompt, sample])),
    );
    expect(generations.some(({ finished }) => finished)).toBe(true);
    expect(generations.some(({ finished }) => !finished)).toBe(true);
    for (const { prompt, tokens, logProbs, finished } of generations) {
      expect(tokens.indexOf(1)).toBe(finished ? tokens.length - 1 : -1);
      expect(tokens.length === 9 || finished).toBe(true);
      const expected = tf.tidy(() => {
        const logits = model.responseLogits([{ prompt: prompts[prompt]!, response: tokens }]);
        return tf.logSoftmax(logits).arraySync() as number[][];
      }) as unknown as number[][];
      logProbs.forEach((value, t) => {
        expect(value).toBeCloseTo(expected[t]![tokens[t]!]!, 4);
      });
    }
    const [first, , , fourth] = [0, 1, 2, 3].map((prompt) => generations.filter((g) => g.prompt === prompt));
    expect(first!.map(({ tokens }) => tokens)).not.toEqual(fourth!.map(({ tokens }) => tokens));
  });

  it('stops at each of several tokens, and at none', async () => {
    const one = await model.generate(prompts, sampled);
    const several = await model.generate(prompts, { ...sampled, stopToken: [2, 1, 6] });
    for (const [index, { tokens, finished }] of several.entries()) {
      const full = one[index]!.tokens;
      const end = full.findIndex((token) => [2, 1, 6].includes(token));
      expect(tokens).toEqual(end < 0 ? full : full.slice(0, end + 1));
      expect(finished).toBe(end >= 0);
    }
    expect(several.map(({ tokens }) => tokens.at(-1))).toEqual(expect.arrayContaining([1, 2, 6]));
    const endless = await model.generate(prompts, { ...sampled, stopToken: [] });
    expect(endless.every(({ tokens, finished }) => tokens.length === 9 && !finished)).toBe(true);
  });

  it('does not depend on what else is in the batch', async () => {
    const together = await model.generate(prompts, sampled);
    for (const batchRows of [1, 4, 6]) {
      expectSame(await model.generate(prompts, { ...sampled, batchRows }), together);
    }
    expectSame(
      await model.generate(prompts.slice(0, 2), sampled),
      together.filter(({ prompt }) => prompt < 2),
    );
    expectSame(
      await model.generate(prompts, { ...sampled, samples: 1 }),
      together.filter(({ sample }) => sample === 0),
    );
  });

  it.each([1, 2, 3, 4, 5, 7])(
    'computes no more rows at once than %d, however many samples there are',
    async (batchRows) => {
      const samples = 7;
      const options = { ...sampled, samples, stopToken: [] };
      const together = await model.generate(prompts, options);
      const steps: number[] = [];
      let before = 0;
      const apart = await model.generate(prompts, {
        ...options,
        batchRows,
        onProgress: ({ generatedTokens }) => {
          steps.push(generatedTokens - before);
          before = generatedTokens;
        },
      });
      expect(Math.max(...steps)).toBeLessThanOrEqual(batchRows);
      expectSame(apart, together);
      // Where responses end at different times, and where they are guessed ahead.
      expectSame(
        await model.generate(prompts, { ...sampled, samples, batchRows }),
        await model.generate(prompts, { ...sampled, samples }),
      );
      const greedy = { ...sampled, samples, temperature: 0 };
      expectSame(
        await model.generate(prompts, { ...greedy, batchRows }),
        await model.generate(prompts, greedy),
      );
    },
  );

  it('gives the same greedy bytes with and without looking ahead', async () => {
    // Long enough for a greedy response of a small model to repeat itself, and rows enough for some of them alone.
    const greedy = { maxNewTokens: 60, temperature: 0, seed: 1, stopToken: 1 } satisfies GenerateOptions;
    const steps = { true: 0, false: 0 };
    const respond = (lookahead: boolean, of: number[][]) =>
      model.generate(of, { ...greedy, lookahead, onProgress: () => steps[`${lookahead}`]++ });
    for (const of of [[[3, 4, 5]], [[3, 4, 5], [6]], prompts]) {
      expect(await respond(true, of)).toEqual(await respond(false, of));
    }
    expect(steps.true < steps.false).toBe(hasNativeKernels());
  });

  it('gives the same bytes again', async () => {
    const options = { ...sampled, batchRows: 6 };
    expect(await model.generate(prompts, options)).toEqual(await model.generate(prompts, options));
  });

  it('lets waiting prompts take the places of finished responses, where the back end has operations for it', async () => {
    const order: string[] = [];
    const generations = await model.generate(prompts, {
      ...sampled,
      samples: 1,
      batchRows: 2,
      onToken: ({ prompt, place }) => order.push(`${prompt}.${place}`),
    });
    // The longest two go first, and they end at different times.
    const lengths = [2, 0].map((prompt) => generations[prompt]!.tokens.length);
    expect(lengths[0]).not.toBe(lengths[1]);
    const longer = lengths[0]! > lengths[1]! ? 2 : 0;
    const third = order.indexOf('3.0');
    const end = order.indexOf(`${longer}.${Math.max(...lengths) - 1}`);
    expect(third < end).toBe(hasNativeKernels());
  });

  it('samples from the model’s distribution at the temperature', async () => {
    const samples = 2000;
    const temperature = 1.3;
    const generations = await model.generate([[3, 4]], { maxNewTokens: 1, temperature, samples, seed: 9 });
    const expected = tf.tidy(() =>
      tf
        .softmax(tf.div(tf.slice(model.logits([[3, 4]]), [0, 1, 0], [1, 1, VOCABULARY]), temperature))
        .dataSync(),
    ) as unknown as Float32Array;
    const counts = new Float64Array(VOCABULARY);
    for (const { tokens } of generations) counts[tokens[0]!]! += 1;
    const statistic = expected.reduce(
      (sum, probability, token) =>
        sum + (counts[token]! - samples * probability) ** 2 / (samples * probability),
      0,
    );
    expect(statistic).toBeLessThan(43.8); // 0.999 quantile of χ² with 19 degrees of freedom
  });

  it('is greedy at temperature 0 and with k = 1', async () => {
    const greedy = await model.generate(prompts, { maxNewTokens: 6, temperature: 0, seed: 1, stopToken: 1 });
    const first = await model.generate(prompts, {
      maxNewTokens: 6,
      temperature: 1,
      topK: 1,
      seed: 2,
      stopToken: 1,
    });
    expectSame(first, greedy);
    greedy.forEach(({ tokens }, index) => {
      const logits = tf.tidy(() =>
        tf.argMax(model.responseLogits([{ prompt: prompts[index]!, response: tokens }]), 1).arraySync(),
      ) as unknown as number[];
      expect(tokens).toEqual(logits);
    });
  });

  it('is greedy near temperature 0', async () => {
    const options = { maxNewTokens: 6, seed: 1, stopToken: 1 };
    const greedy = await model.generate(prompts, { ...options, temperature: 0 });
    for (const temperature of [Number.MIN_VALUE, 1e-40, 1e-12, 9.9e-6, 1e-5, 1e-4]) {
      expectSame(await model.generate(prompts, { ...options, temperature }), greedy);
    }
  });

  it('reports progress up to everything', async () => {
    const reports: GenerateProgress[] = [];
    const generations = await model.generate(prompts, {
      ...sampled,
      batchRows: 6,
      onProgress: (p) => reports.push(p),
    });
    expect(reports.at(-1)).toEqual({
      finishedResponses: generations.length,
      responses: generations.length,
      generatedTokens: generations.reduce((sum, { tokens }) => sum + tokens.length, 0),
    });
  });

  it('streams every token of every response, in order, before the progress that counts it', async () => {
    const streamed = new Map<string, GeneratedToken[]>();
    let count = 0;
    const generations = await model.generate(prompts, {
      ...sampled,
      onToken: (token) => {
        count++;
        const key = `${token.prompt}.${token.sample}`;
        streamed.set(key, [...(streamed.get(key) ?? []), token]);
      },
      onProgress: ({ generatedTokens }) => expect(generatedTokens).toBe(count),
    });
    for (const { prompt, sample, tokens, logProbs } of generations) {
      expect(streamed.get(`${prompt}.${sample}`)).toEqual(
        tokens.map((token, place) => ({
          prompt,
          sample,
          place,
          token,
          logProb: logProbs[place],
          last: place === tokens.length - 1,
        })),
      );
    }
  });

  it('stops when its signal says so, and leaves nothing behind', async () => {
    await expect(model.generate(prompts, { ...sampled, signal: AbortSignal.abort() })).rejects.toThrow(
      /abort/i,
    );
    const controller = new AbortController();
    await expect(
      model.generate(prompts, {
        ...sampled,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    ).rejects.toThrow(/abort/i);
  });

  it('gives nothing for no prompts', async () => {
    expect(await model.generate([], sampled)).toEqual([]);
  });

  it.each<[object, RegExp]>([
    [{ maxNewTokens: 0 }, /maxNewTokens must be .*got 0/],
    [{ temperature: -1 }, /temperature must be .*got -1/],
    [{ temperature: Number.NaN }, /temperature must be .*got NaN/],
    [{ topK: 0 }, /topK must be .*got 0/],
    [{ topP: 0 }, /topP must be .*got 0/],
    [{ samples: 1.5 }, /samples must be .*got 1.5/],
    [{ batchRows: 0 }, /batchRows must be .*got 0/],
    [{ stopToken: -1 }, /stopToken must be .*got -1/],
    [{ stopToken: [1, 2.5] }, /stopToken must be .*got 2.5/],
    [{ maxNewTokens: 2048 }, /2048 positions/],
  ])('refuses %j', async (changes, message) => {
    await expect(model.generate([[1]], { ...sampled, ...changes })).rejects.toThrow(message);
  });

  it('refuses an empty prompt', async () => {
    await expect(model.generate([[1], []], sampled)).rejects.toMatchObject({ code: 'invalid-tokens' });
  });

  it.each([VOCABULARY, -1, 1.5, Number.NaN])(
    'refuses %d in any prompt before it generates a token',
    async (token) => {
      let told = 0;
      const refused = model.generate([[1, 2, 3], [token]], {
        ...sampled,
        batchRows: 3,
        onToken: () => told++,
      });
      await expect(refused).rejects.toMatchObject({
        code: 'invalid-tokens',
        message: expect.stringContaining(`prompt 1: ${token} is not a token`),
      });
      expect(told).toBe(0);
    },
  );

  it('refuses options that there are not', async () => {
    const options = { ...sampled, repetitionPenalty: 1.2 };
    await expect(model.generate([[1]], options)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(/repetitionPenalty is unknown; the options are maxNewTokens, .*signal/),
    });
  });

  it('rejects, and does not throw, when the model was disposed of', async () => {
    const other = createModel({ vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 }, { seed: 1 });
    other.dispose();
    const generating = other.generate([[1]], sampled);
    await expect(generating).rejects.toMatchObject({ code: 'disposed' });
  });

  it('says so when the model is disposed of while it generates, and leaves nothing behind', async () => {
    const options = { vocabularySize: 8, hiddenSize: 8, layerCount: 1, headCount: 1 };
    for (const adapted of [false, true]) {
      const other = createModel(options, { seed: 1 });
      if (adapted) addLora(other, { rank: 1, seed: 1 });
      const generating = other.generate([[1]], { ...sampled, stopToken: [] });
      other.dispose();
      await expect(generating).rejects.toMatchObject({ name: 'LanguageModelError', code: 'disposed' });
    }
  });
});
