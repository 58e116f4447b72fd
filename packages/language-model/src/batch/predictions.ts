import { LanguageModelError } from '../errors.js';
import type { PairTokens, WeightedSequence } from './sequences.js';
import { branchedRow, notAToken, plainRow, type TokenRow } from './token-rows.js';

/** One token whose log-probability is wanted. */
interface Prediction {
  /** Where in the row the token before it is. */
  readonly position: number;
  readonly target: number;
  readonly weight: number;
  /** Which of the results its weighted log-probability is added to. */
  readonly output: number;
}

/** A row with what is wanted of it. */
export interface PredictionRow {
  readonly row: TokenRow;
  readonly predictions: readonly Prediction[];
}

/** What is wanted of packed rows, over the rows of [tokens, hidden]. */
export interface BatchPredictions {
  /** The rows of hidden states that predict anything, ascending, each once. */
  readonly selected: Int32Array;
  /** For each pick: its row among the selected ones (not falling), its token, weight and output. */
  readonly rows: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float32Array;
  readonly outputs: Int32Array;
  readonly outputCount: number;
}

/** A sequence's tokens of non-zero weight, each predicted from the token before it. */
export function sequencePredictions(sequences: readonly WeightedSequence[]): PredictionRow[] {
  return sequences.map(({ tokens, weights }, output) => {
    if (weights.length !== tokens.length) {
      throw new LanguageModelError(
        'invalid-tokens',
        `sequence ${output} has ${tokens.length} tokens and ${weights.length} weights; give each token one.`,
      );
    }
    if ((weights[0] ?? 0) !== 0) {
      throw new LanguageModelError(
        'invalid-tokens',
        `sequence ${output} gives its first token a weight, but nothing comes before it to predict it from; make weights[0] 0.`,
      );
    }
    const predictions: Prediction[] = [];
    weights.forEach((weight, index) => {
      if (!Number.isFinite(weight)) {
        throw new LanguageModelError(
          'invalid-tokens',
          `sequence ${output} has the weight ${weight}; it must be finite.`,
        );
      }
      if (weight !== 0) {
        predictions.push({ position: index - 1, target: tokens[index] as number, weight, output });
      }
    });
    // Tokens after the last that predicts anything change nothing.
    const needed = (predictions.at(-1)?.position ?? 0) + 1;
    return { row: plainRow(tokens.slice(0, needed)), predictions };
  });
}

/**
 * Both responses of a pair in one row `[prompt | chosen | rejected]`: outputs 0 … n − 1 are the chosen ones', n … 2n − 1
 * the rejected ones'. Both responses' first tokens are predicted at the prompt's last. The last token of a
 * response predicts nothing, so it is left out of the row.
 */
export function pairPredictions(pairs: readonly PairTokens[]): PredictionRow[] {
  return pairs.map(({ prompt, chosen, rejected }, index) => {
    for (const [name, tokens] of Object.entries({ prompt, chosen, rejected })) {
      if (tokens.length === 0) {
        throw new LanguageModelError(
          'invalid-tokens',
          `pair ${index} has an empty ${name}; it needs at least one token.`,
        );
      }
    }
    const stem = prompt.length;
    const branch = (response: readonly number[], start: number, output: number): Prediction[] =>
      response.map((target, place) => ({
        position: place === 0 ? stem - 1 : start + place - 1,
        target,
        weight: 1,
        output,
      }));
    return {
      row: branchedRow(prompt, chosen.slice(0, -1), rejected.slice(0, -1)),
      predictions: [
        ...branch(chosen, stem, index),
        ...branch(rejected, stem + chosen.length - 1, pairs.length + index),
      ],
    };
  });
}

/** Brings the rows' predictions together; row r begins at starts[r]. */
export function batchPredictions(
  rows: readonly PredictionRow[],
  starts: Int32Array,
  outputCount: number,
  vocabularySize: number,
): BatchPredictions {
  const all = rows
    .flatMap(({ predictions }, row) =>
      predictions.map((prediction) => ({
        ...prediction,
        flat: (starts[row] as number) + prediction.position,
      })),
    )
    .sort((a, b) => a.flat - b.flat);
  for (const { target } of all) {
    if (!Number.isInteger(target) || target < 0 || target >= vocabularySize) {
      throw notAToken(target, vocabularySize);
    }
  }
  const selected: number[] = [];
  const pickRows = new Int32Array(all.length);
  all.forEach(({ flat }, index) => {
    if (selected.at(-1) !== flat) selected.push(flat);
    pickRows[index] = selected.length - 1;
  });
  return {
    selected: Int32Array.from(selected),
    rows: pickRows,
    targets: Int32Array.from(all, ({ target }) => target),
    weights: Float32Array.from(all, ({ weight }) => weight),
    outputs: Int32Array.from(all, ({ output }) => output),
    outputCount,
  };
}
