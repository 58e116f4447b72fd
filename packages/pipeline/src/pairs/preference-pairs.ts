import type { Examples, TokenizedPair } from '@ais/data';
import type { Lengths } from '../corpus/counted-lengths.js';
import type { Settings } from '../settings/command-settings.js';
import type { TextSettings } from '../settings/text-settings.js';
import type { PairColumns } from './pair-columns.js';

/** Pairs, and what is known of the policy that wrote their responses. */
export interface PreferencePairs {
  /** Those of a prepared folder are left in its files, and are read when they are asked for. */
  readonly pairs: Examples<TokenizedPair>;
  /** Where the pairs come split: those that are held out. */
  readonly heldOut?: Examples<TokenizedPair>;
  /** Summed log μ of both responses, one entry per pair. */
  readonly behavior?: { readonly chosen: readonly number[]; readonly rejected: readonly number[] };
}

export interface ReadPairsOptions extends PairColumns {
  /** What renders rows of text; the model's by default, where they have its columns. `chat` takes them for messages. */
  readonly template?: TextSettings['template'];
  readonly lengths: Lengths;
  /** Whether tokens of another tokenizer are turned into text and tokenized again, instead of refused. */
  readonly retokenize: boolean;
  /** Numbers that every pair must have, such as `chosenReward`; none by default. */
  readonly numbers?: readonly string[] | undefined;
  /** Whether log-probabilities in the rows are read; they must be complete then. True by default. */
  readonly logProbs?: boolean;
  /** Told in words what was done to the pairs. */
  readonly onWarning: (message: string) => void;
}

/** Settings that say how pairs and labeled responses are read. */
export type PairReadingSettings = Pick<TextSettings, 'columns' | 'template' | 'data'> &
  Pick<Settings<'reward'>, 'pairs' | 'pairColumns' | 'pairTemplate' | 'retokenize'>;

/** How settings have pairs and labeled responses read: what was given for them goes before what was given for the source. */
export function pairsReading({
  columns,
  template,
  pairColumns,
  pairTemplate,
  data,
  retokenize,
}: PairReadingSettings): Pick<
  ReadPairsOptions,
  'columns' | 'sourceColumns' | 'template' | 'lengths' | 'retokenize'
> {
  return {
    columns: pairColumns,
    sourceColumns: columns,
    template: pairTemplate ?? template,
    lengths: data,
    retokenize,
  };
}
