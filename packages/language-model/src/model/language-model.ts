import * as tf from '@tensorflow/tfjs-core';
import { type AnyTokens, rowsGiven, sequencesGiven } from '../batch/given-tokens.js';
import { packRows } from '../batch/packed-rows.js';
import { pairPredictions, sequencePredictions } from '../batch/predictions.js';
import type { PairTokens, PromptResponse, WeightedSequence } from '../batch/sequences.js';
import { plainRow, type TokenRow } from '../batch/token-rows.js';
import { LanguageModelError } from '../errors.js';
import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import { modelPlan } from '../families/model-plan.js';
import { generate } from '../generation/generate.js';
import type { GenerateOptions, Generation } from '../generation/generation.js';
import { headLogits } from '../layers/head-log-probs.js';
import { ModelParameters, requireUsable } from '../layers/parameters.js';
import { backboneForward } from '../network/backbone.js';
import { callDifferentiable } from '../network/differentiable.js';
import { checkFirstUse } from '../network/finite-check.js';
import { type ModelParts, outputHead, weightedLogProbs } from '../network/log-probs.js';
import type {
  CausalLanguageModel,
  PairLogProbsOptions,
  PairLogProbsWith,
  ResponseLogitRows,
} from './causal-language-model.js';

/** A transformer of any family with a language-modeling head, over variables that it owns. */
export class TransformerLanguageModel implements CausalLanguageModel {
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  readonly parameters: ModelParameters;
  readonly #parts: ModelParts;

  constructor(
    architecture: Architecture,
    configuration: ModelConfiguration,
    parameters: ReadonlyMap<string, tf.Variable>,
    memoryBudget?: number,
  ) {
    this.architecture = architecture;
    this.configuration = configuration;
    this.parameters = new ModelParameters(parameters);
    const plan = modelPlan(architecture, configuration);
    this.#parts = { configuration, plan, parameters: this.parameters, memoryBudget };
  }

  logits(given: readonly ArrayLike<number>[]): tf.Tensor3D {
    requireUsable(this.parameters);
    const tokens = rowsGiven(given);
    const time = tokens[0]?.length ?? 0;
    if (tokens.some((sequence) => sequence.length !== time)) {
      throw new LanguageModelError(
        'invalid-tokens',
        'logits(tokens) needs sequences of one length; for others, use responseLogits.',
      );
    }
    const { vocabularySize } = this.configuration;
    return tf.tidy(() => {
      const logits = headLogits(this.#hiddenAt(tokens.map(plainRow)), outputHead(this.#parts));
      checkFirstUse([this.#parts], logits);
      return tf.reshape(logits, [tokens.length, time, vocabularySize]);
    });
  }

  responseLogProbs<const Options extends PairLogProbsOptions = object>(
    given: readonly AnyTokens<PairTokens>[],
    options?: Options,
  ): PairLogProbsWith<Options> {
    requireUsable(this.parameters);
    const pairs = sequencesGiven(given, ['prompt', 'chosen', 'rejected'], 'pair');
    const count = pairs.length;
    const { certainty = false, reference, tokens = false }: PairLogProbsOptions = options ?? {};
    const result: Record<string, tf.Tensor> = tf.tidy(() => {
      const values = callDifferentiable(
        this.parameters,
        weightedLogProbs(this.#parts, pairPredictions(pairs), 2 * count, {
          certainty,
          reference: reference && this.#partsOfReference(reference),
          tokens,
        }),
      );
      const names = [
        'chosen',
        'rejected',
        ...(certainty ? ['chosenCertainty', 'rejectedCertainty'] : []),
        ...(reference ? ['referenceChosen', 'referenceRejected', 'chosenKl', 'rejectedKl'] : []),
      ];
      const parts = names.map((name, index) => [name, tf.slice(values, index * count, count)] as const);
      return {
        ...Object.fromEntries(parts),
        ...(tokens && tokensOfPairs(values, names.length * count, pairs)),
      };
    });
    return result as object as PairLogProbsWith<Options>;
  }

  sequenceLogProbs(given: readonly AnyTokens<WeightedSequence>[]): tf.Tensor1D {
    requireUsable(this.parameters);
    const sequences = sequencesGiven(given, ['tokens', 'weights']);
    return callDifferentiable(
      this.parameters,
      weightedLogProbs(this.#parts, sequencePredictions(sequences), sequences.length),
    );
  }

  tokenLogProbs(given: readonly AnyTokens<PromptResponse>[]): tf.Tensor1D {
    requireUsable(this.parameters);
    const sequences = responsesGiven(given);
    const weighted = sequences.map(({ prompt, response }) => ({
      tokens: [...prompt, ...response],
      weights: [...prompt.map(() => 0), ...response.map(() => 1)],
    }));
    const count = sequences.length;
    return tf.tidy(() => {
      const values = callDifferentiable(
        this.parameters,
        weightedLogProbs(this.#parts, sequencePredictions(weighted), count, { tokens: true }),
      );
      return tf.slice(values, count, values.size - count);
    });
  }

  responseLogits(sequences: readonly AnyTokens<PromptResponse>[]): tf.Tensor2D {
    const rows = this.responseLogitRows(sequences);
    try {
      return rows.slice(0, rows.shape[0]);
    } finally {
      rows.dispose();
    }
  }

  responseLogitRows(given: readonly AnyTokens<PromptResponse>[]): ResponseLogitRows {
    requireUsable(this.parameters);
    const sequences = responsesGiven(given);
    const selected = sequences.map(({ prompt, response }) =>
      response.map((_, place) => prompt.length - 1 + place),
    );
    const rows = sequences.map(({ prompt, response }) => plainRow([...prompt, ...response.slice(0, -1)]));
    const hidden = this.#hiddenAt(rows, selected);
    const { vocabularySize } = this.configuration;
    const count = hidden.shape[0];
    return {
      shape: [count, vocabularySize],
      slice: (start, size) => {
        requireUsable(this.parameters);
        if (hidden.isDisposed) {
          throw new LanguageModelError(
            'disposed',
            'these rows were disposed of; ask the model for them again.',
          );
        }
        const isWhole = [start, size].every((each) => Number.isSafeInteger(each) && each >= 0);
        if (!isWhole || start + size > count) {
          const message = `slice(${start}, ${size}) of logits: there are ${count} rows; give a start and a number of rows within them.`;
          throw new LanguageModelError('invalid-option', message);
        }
        return tf.tidy(() => {
          const logits = headLogits(tf.slice(hidden, [start, 0], [size, -1]), outputHead(this.#parts));
          checkFirstUse([this.#parts], logits);
          return logits;
        });
      },
      dispose: () => {
        hidden.dispose();
      },
    };
  }

  async generate(prompts: readonly ArrayLike<number>[], options: GenerateOptions): Promise<Generation[]> {
    requireUsable(this.parameters);
    return generate(this.#parts, rowsGiven(prompts, 'prompt'), options);
  }

  dispose(): void {
    this.parameters.dispose();
  }

  /** Last hidden states at the given places of each row, or at all of every row: [places, hidden]. */
  #hiddenAt(rows: readonly TokenRow[], places?: readonly (readonly number[])[]): tf.Tensor2D {
    const { plan, parameters } = this.#parts;
    if (rows.length === 0) return tf.zeros([0, plan.shape.hiddenSize]);
    const packed = packRows(rows, plan.shape);
    return tf.tidy(() => {
      const everywhere = (): number[][] => rows.map(({ tokens }) => [...tokens.keys()]);
      const indices = Int32Array.from(
        (places ?? everywhere()).flatMap((of, row) => of.map((t) => (packed.starts[row] as number) + t)),
      );
      const selection = { indices, total: packed.tokens.length };
      return backboneForward({ plan, parameters, rows: packed, selection }, 'nothing').output;
    });
  }

  #partsOfReference(reference: CausalLanguageModel): ModelParts {
    if (!(reference instanceof TransformerLanguageModel)) {
      throw new LanguageModelError(
        'invalid-option',
        "responseLogProbs: reference is not a model of this package; call its own responseLogProbs, and exactKl on both models' logits.",
      );
    }
    requireUsable(reference.parameters);
    const own = this.configuration.vocabularySize;
    const { vocabularySize } = reference.configuration;
    if (vocabularySize !== own) {
      throw new LanguageModelError(
        'invalid-option',
        `responseLogProbs: reference has a vocabulary of ${vocabularySize}; it must be the model's, of ${own}.`,
      );
    }
    return reference.#parts;
  }
}

/** Two slices from a place on: the tokens of the chosen responses, then those of the rejected ones. */
function tokensOfPairs(
  values: tf.Tensor1D,
  from: number,
  pairs: readonly PairTokens[],
): Readonly<Record<'chosenTokens' | 'rejectedTokens', tf.Tensor1D>> {
  const ofChosen = pairs.reduce((sum, { chosen }) => sum + chosen.length, 0);
  return {
    chosenTokens: tf.slice(values, from, ofChosen),
    rejectedTokens: tf.slice(values, from + ofChosen, values.size - from - ofChosen),
  };
}

/** @throws {LanguageModelError} `invalid-tokens` if a prompt or a response is empty */
function responsesGiven(given: readonly AnyTokens<PromptResponse>[]): readonly PromptResponse[] {
  const sequences = sequencesGiven(given, ['prompt', 'response']);
  for (const [index, { prompt, response }] of sequences.entries()) {
    if (prompt.length > 0 && response.length > 0) continue;
    throw new LanguageModelError(
      'invalid-tokens',
      `sequence ${index} has an empty ${prompt.length === 0 ? 'prompt' : 'response'}; it needs at least one token.`,
    );
  }
  return sequences;
}
