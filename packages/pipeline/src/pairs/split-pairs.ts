import { type Examples, type HoldOutKeys, holdOut, type TokenizedPair } from '@ais/data';
import type { ReferenceLogProbs } from '@ais/trainer';
import { fingerprintExamples } from '@ais/trainer/runs';
import { PipelineError } from '../errors.js';
import type { PreferencePairs } from './preference-pairs.js';

/** A part of the pairs, with the log-probabilities of the policy that wrote them, where they are known. */
export interface PairsPart {
  readonly pairs: Examples<TokenizedPair>;
  readonly behavior?: ReferenceLogProbs;
}

/**
 * Pairs with their log-probabilities, as training takes them, split so that no prompt and no family is on both sides.
 *
 * @param share to hold out; of pairs that come split, all or, for 0, none of their held-out part
 * @throws {PipelineError} `invalid-setting` for a share that is not a number from 0 to 1
 * @example
 * const pairs = [1, 2, 3, 4].map((token) => ({ id: `${token}`, prompt: [token], chosen: [5], rejected: [6] }));
 * const { trained, heldOut } = splitPairs({ pairs }, 0.25, 1);
 * console.log(trained.pairs.length, heldOut.pairs.length); // 3 1
 */
export function splitPairs(
  { pairs, heldOut, behavior }: PreferencePairs,
  share: number,
  seed: number,
): { readonly trained: PairsPart; readonly heldOut: PairsPart } {
  if (!(share >= 0 && share <= 1)) {
    throw new PipelineError('invalid-setting', `share must be a number from 0 to 1, got ${share}.`, {
      key: 'share',
    });
  }
  if (heldOut) return { trained: { pairs }, heldOut: { pairs: share === 0 ? [] : heldOut } };
  // Nothing to compare: pairs that are in a file stay there.
  if (share === 0 && !behavior) return { trained: { pairs }, heldOut: { pairs: [] } };
  const numbered = [...pairs].map((pair, index) => ({ pair, index }));
  const split = holdOut(numbered, ({ pair }) => pairKeys(pair), Math.round(share * numbered.length), seed);
  const part = (chosen: typeof split.trained): PairsPart => {
    const some = chosen.map(({ pair }) => pair);
    const column = (values: readonly number[]): Float32Array =>
      Float32Array.from(chosen, ({ index }) => values[index] ?? Number.NaN);
    return {
      pairs: some,
      ...(behavior && {
        behavior: {
          chosen: column(behavior.chosen),
          rejected: column(behavior.rejected),
          fingerprint: { model: 'as the data say', data: fingerprintExamples(some) },
        },
      }),
    };
  };
  return { trained: part(split.trained), heldOut: part(split.heldOut) };
}

/**
 * What a pair shares with others that belong on its side of a split: its family, and its prompt as tokens.
 *
 * @example
 * console.log(pairKeys({ id: 'a', prompt: [1, 2], chosen: [3], rejected: [4], family: 'f' })); // [ 'f', '1,2' ]
 */
export function pairKeys({ prompt, family }: TokenizedPair): HoldOutKeys {
  const tokens = prompt.join();
  return [family ?? tokens, tokens];
}
