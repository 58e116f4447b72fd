import type { SplitName } from '../settings/command-settings.js';
import { requireCount } from '../settings/require-count.js';
import { type ScaleName, scales } from '../settings/scales.js';
import type { ChatTemplateSettings, TemplateSettings, TextSettings } from '../settings/text-settings.js';
import type { Lengths } from './counted-lengths.js';

/** What text is wanted, and how much of it for what. */
export interface CorpusRequest {
  readonly source: string;
  readonly columns?: Readonly<Record<string, string>> | undefined;
  /** A name, a file, or the template itself; recognized from the columns by default. */
  readonly template?: string | TemplateSettings | undefined;
  /** What renders conversations: a name, a file, or the template itself; the model's own by default. */
  readonly chatTemplate?: string | ChatTemplateSettings | undefined;
  /** Variables that the chat template reads besides the messages. */
  readonly templateVariables?: TextSettings['templateVariables'];
  readonly assistantTurns?: TextSettings['assistantTurns'];
  /** Whether rows may be prompts without a response, for who answers them. */
  readonly promptsAlone?: boolean;
  /** Splits whose responses nothing reads: they are left out, so that none is too long. */
  readonly unread?: readonly SplitName[];
  /** Of a data set that is split already: the split that each step reads. */
  readonly sets?: Readonly<Record<SplitName, string>> | undefined;
  /**
   * Records of each split that is wanted: that many, or an error (`exactly`); at most that many; or all.
   */
  readonly wanted: Readonly<Partial<Record<SplitName, Wanted>>>;
  /** Records held out of text that is neither built in nor split already; one in ten by default, at most 256. */
  readonly heldOut?: number | undefined;
  /**
   * How built-in text is split, and how much there is of it: in proportion to these numbers of records, whatever part of
   * them is wanted, so that commands that want different parts agree about the splits.
   */
  readonly sizes: Readonly<Record<SplitName, number>>;
  readonly lengths: Lengths;
  /** Decides which record goes into which split, and the text of a synthetic source. */
  readonly seed: number;
}

/** The scale whose shares split built-in text where no preset says another. */
export const DEFAULT_SCALE: ScaleName = 'tiny';

/** How many records are wanted: an exact number, a maximum, or all. */
export type Wanted = { readonly exactly: number } | { readonly atMost: number } | 'all';

/** Of a split that was not asked for. */
export const NONE: Wanted = { atMost: 0 };

/**
 * Checks how many records are wanted.
 *
 * @throws {PipelineError} `invalid-setting`
 */
export function requireWanted({ wanted, heldOut }: Pick<CorpusRequest, 'wanted' | 'heldOut'>): void {
  for (const [split, asked] of Object.entries(wanted)) {
    if (asked !== 'all') requireCount(`wanted.${split}`, mostOf(asked), 0);
  }
  if (heldOut !== undefined) requireCount('heldOut', heldOut, 0);
}

/** The most records that are used. */
export function mostOf(wanted: Wanted): number {
  if (wanted === 'all') return Infinity;
  return 'exactly' in wanted ? wanted.exactly : wanted.atMost;
}

/**
 * The text that a command's settings ask for.
 *
 * @param settings of a command, with a source
 * @param splits that the command uses, and the most records of each. `data.heldOut` (of `evaluation`) and `data.records` (of the others)
 *   ask for an exact number below that
 * @param scale of a preset, whose shares split built-in text
 * @throws {PipelineError} `invalid-setting` for a number of records that is not an integer, or below 0
 * @example
 * const { data } = await readSettings('sft', { flags: { preset: 'tiny', data: { records: 32 } } });
 * const { source, wanted } = corpusRequest({ source: 'synthetic', data }, { supervised: 'all', evaluation: 8 }, 'tiny');
 * console.log(source, wanted); // synthetic { supervised: { exactly: 32 }, evaluation: { exactly: 8 } }
 */
export function corpusRequest(
  {
    source,
    columns,
    template,
    chatTemplate,
    templateVariables,
    assistantTurns,
    data,
  }: TextSettings & { readonly source: string },
  splits: Readonly<Partial<Record<SplitName, number | 'all'>>>,
  scale: ScaleName | undefined,
): CorpusRequest {
  const { records, heldOut, splitSeed, ...lengths } = data;
  const wanted = Object.entries(splits).map(([split, limit]): [string, Wanted] => {
    const asked = split === 'evaluation' ? heldOut : records;
    if (limit !== 'all') requireCount(split, limit, 0);
    const most = limit === 'all' ? Infinity : limit;
    if (asked !== undefined) return [split, { exactly: Math.min(asked, most) }];
    return [split, limit === 'all' ? 'all' : { atMost: most }];
  });
  const sized = scale === undefined ? undefined : scales[scale];
  return {
    source,
    columns,
    template,
    chatTemplate,
    templateVariables,
    assistantTurns,
    ...(sized?.splits && source === sized.source && { sets: sized.splits }),
    wanted: Object.fromEntries(wanted),
    heldOut,
    sizes: (sized ?? scales[DEFAULT_SCALE]).records,
    lengths,
    seed: splitSeed,
  };
}

/** A value for each split. */
export function bySplit<T>(value: (split: SplitName) => T): Record<SplitName, T> {
  return {
    supervised: value('supervised'),
    reward: value('reward'),
    preference: value('preference'),
    evaluation: value('evaluation'),
  };
}
