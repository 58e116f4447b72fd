import type {
  ImportanceOptionsSettings,
  ImportanceSettings,
  SmoothingSettings,
} from '@ais/pipeline/settings';

/** A method as plain JSON: what is optimized, without β, in the words of the settings of `ais train`. */
export interface StudyMethod {
  /** Unique in a study, such as `AIS-DPO`; what legends and tables show. */
  readonly title: string;
  /** A name of the objective registry, or a plugin. */
  readonly objective: string;
  /** The objective's own options, such as `{ "eta": 0.005 }`; its defaults by default. */
  readonly objectiveOptions?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly importance: ImportanceSettings;
  /** Whether the weights are ratios to the policy that sampled the pairs (`data`), instead of to π_ref (the default). */
  readonly behavior?: 'data' | 'reference' | undefined;
}

/** How a method's weights are smoothed; `other` where they have further options. */
export function smoothingOf({
  importance,
}: Pick<StudyMethod, 'importance'>): 'none' | SmoothingSettings | 'other' {
  if (importance === 'none' || typeof importance !== 'object') return importance;
  return Object.keys(weightOptions(importance)).length > 0 ? 'other' : importance.smoothing;
}

/** The options of weights besides their smoothing. */
export function weightOptions(
  importance: ImportanceSettings,
): Partial<Omit<ImportanceOptionsSettings, 'smoothing'>> {
  if (typeof importance !== 'object') return {};
  const { smoothing: _, ...options } = importance;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/**
 * Whether each pair's weight follows from the log-probabilities of its two responses, and is never 0: not where tokens have bounds or
 * weights of their own, nor with bounds on responses, a mask, or a filter.
 */
export function hasPairWeights(importance: Exclude<ImportanceSettings, 'none'>): boolean {
  const { level, pool, clip, differentiable, selfNormalized, meanWeightOnly, ...others } =
    weightOptions(importance);
  return level !== 'token' && Object.keys(others).length === 0;
}
