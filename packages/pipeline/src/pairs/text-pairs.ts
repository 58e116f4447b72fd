import { openComparisons, type TokenizedPair, tokenizeComparison } from '@ais/data';
import { countedRemarks } from '../corpus/counted-lengths.js';
import type { ModelText } from '../corpus/model-text.js';
import type { PreferencePairs, ReadPairsOptions } from './preference-pairs.js';
import { noPairsError } from './rows-of-pairs.js';
import { readTextRows } from './text-rows.js';

/**
 * Reads rows of text as pairs. Responses that are the same once they are cut are left out.
 *
 * @param hadTokens whether the rows have tokens of another tokenizer, too
 * @throws {DataError} naming file, row, and field
 * @throws {PipelineError} `too-little-text` where no pair is left
 */
export async function readTextPairs(
  name: string,
  text: ModelText,
  options: ReadPairsOptions,
  hadTokens = false,
): Promise<PreferencePairs> {
  const { numbers, onWarning } = options;
  const { rows: pairs, remarks } = await readTextRows(name, text, options, {
    what: 'pair',
    fields: ['prompt', 'chosen', 'rejected'],
    open: (given) => openComparisons(name, { ...given, ...(numbers && { numbers }) }),
    tokenize: tokenizeComparison,
    keep: ({
      truncated: _,
      responseTruncated: __,
      boundaryMerged: ___,
      ...pair
    }): TokenizedPair | undefined => (pair.chosen.join() === pair.rejected.join() ? undefined : pair),
    leftOut: 'whose responses have the same tokens',
  });
  if (pairs.length === 0) throw noPairsError(name, remarks);
  const again =
    'whose text was tokenized again (retokenize); the reference stands for the policy that wrote it';
  const retokenized = hadTokens ? countedRemarks([[pairs.length, again]], 'pair') : [];
  for (const remark of [...retokenized, ...remarks]) onWarning(`${name}: ${remark}`);
  return { pairs };
}
