// A whole alignment, scaled down: a reference, pairs of its responses, and two policies trained on them side by side.
import { functionScorer, labelPairs } from '@ais/gold-eval';
import {
  type CausalLanguageModel,
  createModel,
  type PairTokens,
  type PromptResponse,
} from '@ais/language-model';
import {
  adaptiveImportance,
  dpo,
  fixed,
  inverseLength,
  inverseSqrtLength,
  type Objective,
  type Smoothing,
} from '@ais/objectives';
import { createRandom } from '@ais/runtime/random';
import { policyEvaluator, preferenceSteps, supervisedSteps } from '@ais/trainer/in-memory';
import {
  type Exponent,
  type Method,
  methods,
  type TrainingChoice,
  type TrainingEvent,
  type TrainingSettings,
  settings as usualSettings,
} from './choice.js';
import {
  demonstration,
  END,
  goldScore,
  LONGEST,
  PROMPT_LENGTH,
  randomPrompt,
  VOCABULARY,
} from './letters.js';

const smoothings: Readonly<Record<Exponent, Smoothing>> = {
  '1/|y|': inverseLength(),
  '1/√|y|': inverseSqrtLength(),
  '1': fixed(1),
};

const judge = functionScorer<PromptResponse>('as many letters as asked for', goldScore);

/** Trains DPO and AIS-DPO on the same pairs in the same order, and measures both on the way. */
export async function* train(
  { seed, beta, alpha }: TrainingChoice,
  settings: TrainingSettings = usualSettings,
): AsyncGenerator<TrainingEvent, void> {
  const kept: { dispose(): void }[] = [];
  const keep = <T extends { dispose(): void }>(made: T): T => {
    kept.push(made);
    return made;
  };
  try {
    const reference = keep(newModel(settings, seed));
    yield* teach(reference, settings.reference, seed);
    const { pairs, flipped, score } = await pairsOf(reference, settings, seed);
    yield { kind: 'pairs', pairs: pairs.length, flipped, score };

    const examples = await heldOut(reference, settings, seed);
    const evaluator = policyEvaluator(examples, {
      reference,
      scorer: judge,
      loss: false,
      maxNewTokens: LONGEST,
      temperature: settings.evaluation.temperature,
      seed,
      batchSizes: { kl: settings.evaluation.prompts },
    });
    const measure = async (
      method: Method,
      step: number,
      policy: CausalLanguageModel,
    ): Promise<TrainingEvent> => {
      const { metrics, winRate, outcomes = [], responses } = await evaluator.evaluate(policy);
      if (!winRate) throw new Error('There is no win rate without a judge.');
      return {
        kind: 'measured',
        method,
        step,
        outcomes,
        squareRootKl: Math.sqrt(Math.max(0, metrics['eval_kl'] ?? Number.NaN)),
        winRate: { rate: winRate.rate, low: winRate.low, high: winRate.high, n: winRate.n },
        score: metrics['eval_reward'] ?? Number.NaN,
        samples: examples.slice(0, 5).map(({ prompt, response }, index) => ({
          prompt,
          reference: response,
          response: responses[index]?.tokens ?? [],
        })),
      };
    };

    const objectives: Readonly<Record<Method, Objective>> = {
      DPO: dpo({ beta }),
      'AIS-DPO': dpo({ beta, importance: adaptiveImportance({ smoothing: smoothings[alpha] }) }),
    };
    const { steps, batchSize, learningRate, evaluations } = settings.preference;
    const runs: {
      method: Method;
      policy: CausalLanguageModel;
      training: Awaited<ReturnType<typeof preferenceSteps>>;
    }[] = [];
    for (const method of methods) {
      const policy = keep(newModel(settings, seed));
      copyWeights(reference, policy);
      const training = keep(
        await preferenceSteps(policy, objectives[method], { reference, learningRate, maxGradientNorm: 1 }),
      );
      runs.push({ method, policy, training });
      yield await measure(method, 0, policy);
    }
    const order = batches(pairs.length, steps * batchSize, seed);
    for (let step = 1; step <= steps; step++) {
      const batch = order
        .slice((step - 1) * batchSize, step * batchSize)
        .flatMap((index) => pairs[index] ?? []);
      for (const { method, policy, training } of runs) {
        await training.step(batch);
        if (step % (steps / evaluations) === 0) yield await measure(method, step, policy);
      }
      yield { kind: 'preference', done: step, of: steps };
    }
  } finally {
    for (const made of kept) made.dispose();
  }
}

function newModel(settings: TrainingSettings, seed: number): CausalLanguageModel {
  return createModel(
    {
      ...settings.model,
      vocabularySize: VOCABULARY,
      maxPositions: PROMPT_LENGTH + LONGEST,
      endOfTextTokens: [END],
      initializerRange: 0.1,
    },
    { seed },
  );
}

function copyWeights(from: CausalLanguageModel, to: CausalLanguageModel): void {
  for (const [name, variable] of to.parameters) {
    const value = from.parameters.get(name);
    if (value) variable.assign(value);
  }
}

async function* teach(
  model: CausalLanguageModel,
  { steps, batchSize, learningRate, wrong }: TrainingSettings['reference'],
  seed: number,
): AsyncGenerator<TrainingEvent, void> {
  const random = createRandom(seed, 'demonstrations');
  const training = supervisedSteps(model, { learningRate, maxGradientNorm: 1 });
  try {
    for (let step = 1; step <= steps; step++) {
      const examples = Array.from({ length: batchSize }, () => {
        const prompt = randomPrompt(random);
        return { prompt, response: demonstration(prompt, random, wrong) };
      });
      // Falls linearly, so that the reference is settled.
      await training.step(examples, { learningRate: learningRate * (1 - (step - 1) / steps) });
      yield { kind: 'reference', done: step, of: steps };
    }
  } finally {
    training.dispose();
  }
}

async function pairsOf(
  reference: CausalLanguageModel,
  settings: TrainingSettings,
  seed: number,
): Promise<{ readonly pairs: PairTokens[]; readonly flipped: number; readonly score: number }> {
  const prompts = promptsOf(settings, seed).ofPairs;
  const generations = await reference.generate(prompts, {
    maxNewTokens: LONGEST,
    temperature: 1,
    samples: 2,
    seed,
  });
  const written = generations.map(({ prompt, tokens }) => ({
    prompt: prompts[prompt] ?? [],
    response: tokens,
  }));
  const first = written.filter((_, index) => index % 2 === 0);
  const second = written.filter((_, index) => index % 2 === 1);
  const labels = labelPairs(first.map(goldScore), second.map(goldScore), {
    noise: settings.pairs.noise,
    seed,
  });
  const pairs = labels.flatMap(({ chosen }, index): PairTokens[] => {
    const [one, other] = [first[index], second[index]];
    if (chosen === undefined || !one || !other) return [];
    const [better, worse] = chosen === 0 ? [one, other] : [other, one];
    return [{ prompt: better.prompt, chosen: better.response, rejected: worse.response }];
  });
  return {
    pairs,
    flipped: labels.filter(({ flipped, chosen }) => flipped && chosen !== undefined).length,
    score: written.reduce((sum, own) => sum + goldScore(own), 0) / written.length,
  };
}

/** Prompts that are not among those of the pairs, with a response of the reference each: what policies have to beat. */
async function heldOut(reference: CausalLanguageModel, settings: TrainingSettings, seed: number) {
  const prompts = promptsOf(settings, seed).heldOut;
  const generations = await reference.generate(prompts, {
    maxNewTokens: LONGEST,
    temperature: settings.evaluation.temperature,
    seed: seed + 1,
  });
  return generations.map(({ prompt, tokens }) => ({
    id: String(prompt),
    prompt: prompts[prompt] ?? [],
    response: tokens,
  }));
}

/** Different prompts for the pairs and for what is held out; of 450 there are. */
function promptsOf(
  { pairs, evaluation }: TrainingSettings,
  seed: number,
): { readonly ofPairs: number[][]; readonly heldOut: number[][] } {
  const random = createRandom(seed, 'prompts');
  const drawn = new Map<string, number[]>();
  while (drawn.size < pairs.prompts + evaluation.prompts) {
    const prompt = randomPrompt(random);
    drawn.set(prompt.join(), prompt);
  }
  const all = [...drawn.values()];
  return { ofPairs: all.slice(0, pairs.prompts), heldOut: all.slice(pairs.prompts) };
}

/** Indices of examples, epoch after epoch, each in an order of its own. */
function batches(examples: number, count: number, seed: number): number[] {
  const order: number[] = [];
  for (let epoch = 0; order.length < count; epoch++) {
    order.push(...createRandom(seed, 'order', epoch).permutation(examples));
  }
  return order;
}
