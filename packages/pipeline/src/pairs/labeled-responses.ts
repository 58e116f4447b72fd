import { holdOut, labeledSource, readFaults, type TokenizedPair, tokenizeRecord } from '@ais/data';
import { openRows } from '@ais/data/formats';
import type { LabeledExample } from '@ais/trainer';
import type { ModelText } from '../corpus/model-text.js';
import { isPreparedFolder } from '../corpus/prepared-folder.js';
import { PipelineError } from '../errors.js';
import { type PairColumns, sharedColumns } from './pair-columns.js';
import type { PreferencePairs, ReadPairsOptions } from './preference-pairs.js';
import { pairKeys } from './split-pairs.js';
import { readTextRows } from './text-rows.js';

/** Labeled responses, some of which may be held out. */
export interface LabeledResponses {
  readonly trained: readonly LabeledRow[];
  readonly heldOut: readonly LabeledRow[];
}

/** A labeled response, and the family that it stays on one side of a split with. */
export type LabeledRow = LabeledExample & { readonly family?: string };

/** Columns that pairs have, and labeled responses do not. */
const OF_PAIRS = ['rejected', 'rejectedText', 'summaries'];

/**
 * Whether a file or a data set has labeled responses (`label`) instead of pairs; its first row says so.
 *
 * @param given columns by hand, where the label or the rejected response is in another one
 */
export async function hasLabels(name: string, given: PairColumns = {}): Promise<boolean> {
  if (isPreparedFolder(name)) return false;
  const columns = { ...(await sharedColumns(name, given)), ...given.columns };
  const [label = '', ...ofPairs] = ['label', ...OF_PAIRS].map((field) => columns[field] ?? field);
  for await (const { value } of openRows(name).rows(readFaults(), [label, ...ofPairs])) {
    return value[label] !== undefined && ofPairs.every((column) => value[column] === undefined);
  }
  return false;
}

/**
 * Reads labeled responses: `prompt`, `completion`, and `label`, as text or as conversations, in any format.
 *
 * @throws {PipelineError} {DataError} naming file, row, and field
 */
export async function readLabeled(
  name: string,
  text: ModelText,
  options: ReadPairsOptions,
): Promise<readonly LabeledRow[]> {
  const sourceColumns = await sharedColumns(name, options);
  const { rows, remarks } = await readTextRows(
    name,
    text,
    { ...options, sourceColumns },
    {
      what: 'record',
      fields: ['prompt', 'completion'],
      open: (given) => labeledSource(openRows(name), given),
      tokenize: tokenizeRecord,
      keep: ({ id, prompt, response }, { desirable, family }): LabeledRow => ({
        id,
        prompt,
        response,
        desirable,
        ...(family !== undefined && { family }),
      }),
    },
  );
  for (const remark of remarks) options.onWarning(`${name}: ${remark}`);
  if (rows.length > 0) return rows;
  throw new PipelineError('too-little-text', `${name} has no labeled responses left.`, { key: 'pairs' });
}

/** Both responses of each pair, the preferred one as desirable, the other one as not: TRL's `unpair_preference_dataset`. */
export function labeledOfPairs(pairs: Iterable<TokenizedPair>): LabeledRow[] {
  return [...pairs].flatMap(({ id, prompt, chosen, rejected, family }) => {
    const known = { prompt, ...(family !== undefined && { family }) };
    return [
      { ...known, id: `${id}/chosen`, response: chosen, desirable: true },
      { ...known, id: `${id}/rejected`, response: rejected, desirable: false },
    ];
  });
}

/** Labeled responses split so that no prompt and no family is on both sides. */
export function splitLabeled(rows: readonly LabeledRow[], share: number, seed: number): LabeledResponses {
  const keys = ({ prompt, family }: LabeledRow): ReturnType<typeof pairKeys> =>
    pairKeys({ id: '', prompt, chosen: [], rejected: [], ...(family !== undefined && { family }) });
  return holdOut(rows, keys, Math.round(share * rows.length), seed);
}

/** Pairs that come split, or are to be split, as labeled responses. */
export function splitPairsAsLabeled({
  trained,
  heldOut,
}: Readonly<Record<'trained' | 'heldOut', Pick<PreferencePairs, 'pairs'>>>): LabeledResponses {
  return { trained: labeledOfPairs(trained.pairs), heldOut: labeledOfPairs(heldOut.pairs) };
}

/** Desirable responses as what evaluations compare with, in the form of pairs. */
export function desirablePairs(rows: readonly LabeledRow[]): TokenizedPair[] {
  return rows
    .filter(({ desirable }) => desirable)
    .map(({ response, desirable: _, ...row }) => ({ ...row, chosen: response, rejected: [] }));
}
