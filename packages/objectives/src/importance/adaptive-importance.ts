import { checkChoice, checkFlag, invalid, shownOption, withDefaults } from '../contract/check-option.js';
import { inverseLength } from './inverse-length.js';
import type { ClipBounds } from './ratio-bounds.js';
import { checkSmoothing, type Smoothing } from './smoothing.js';
import type { WeightBounds } from './weight-bounds.js';

/** How pairs are weighted; each option names its default. */
export interface ImportanceOptions {
  /** α as a function of the length; `inverseLength()` by default. */
  readonly smoothing?: Smoothing;
  /** One α per response from its own length (`'response'`, the default), or one per pair from |y_w| + |y_l|. */
  readonly pool?: 'response' | 'pair';
  /** Bounds on log w; none by default. */
  readonly clip?: ClipBounds;
  /** Further bounds, per token, per response, or smooth, from `weightBounds`; none by default. */
  readonly bounds?: WeightBounds | undefined;
  /** Whether gradients flow through w; false by default: w is a constant of the update. */
  readonly differentiable?: boolean;
  /** Whether w is divided by its mean over the batch; false by default. */
  readonly selfNormalized?: boolean;
  /**
   * Whether every pair gets the batch's mean weight instead of its own; false by default.
   *
   * A control: the step shrinks or grows as much as with weights, but no pair counts more than another. The mean is taken
   * after all bounds, over the pairs of the batch that is evaluated; not together with `selfNormalized`, which makes it 1.
   */
  readonly meanWeightOnly?: boolean;
}

/** {@link ImportanceOptions} with every default filled in. */
export type AdaptiveImportance = Required<Omit<ImportanceOptions, 'bounds'>> &
  Pick<ImportanceOptions, 'bounds'>;

const OWNER = 'adaptiveImportance';

/**
 * Adaptive importance sampling: each pair's loss times w, which turns an expectation over the data into one
 * over the trained policy, smoothed so that its variance stays bounded.
 *
 * w = exp( α(|y_w|)·s_w + α(|y_l|)·s_l ), s = log π_θ(y|x) − log μ(y|x)
 *
 * μ is the behavior policy if the batch has its log-probabilities, otherwise the reference policy.
 *
 * @returns the options with their defaults, checked; pass it as `importance`
 * @throws {ObjectivesError} `invalid-option` for an option that there is not, if a bound is not a number, the lower bound is above the upper one, an
 *   option has a value that it cannot have, or `selfNormalized` and `meanWeightOnly` are both set
 * @example
 * dpo({ beta: 0.05, importance: adaptiveImportance({ clip: { upper: 0.5 } }) });
 * @see the source paper, section 3.1
 */
export function adaptiveImportance(options: ImportanceOptions = {}): AdaptiveImportance {
  const all = withDefaults<AdaptiveImportance>(OWNER, options, {
    smoothing: inverseLength(),
    pool: 'response',
    clip: {},
    bounds: undefined,
    differentiable: false,
    selfNormalized: false,
    meanWeightOnly: false,
  });
  checkSmoothing(OWNER, all.smoothing);
  checkChoice(OWNER, 'pool', all.pool, ['response', 'pair']);
  const { lower, upper } = withDefaults(`${OWNER}: clip`, all.clip, { lower: -Infinity, upper: Infinity });
  // Not `checkBounds`, which knows more: every page that imports an objective pays for what is here.
  if (!(typeof lower === 'number' && typeof upper === 'number' && lower <= upper)) {
    throw invalid(
      OWNER,
      `clip must have a lower bound no greater than its upper bound, got ${shownOption(lower)} and ${shownOption(upper)}`,
    );
  }
  for (const name of ['differentiable', 'selfNormalized', 'meanWeightOnly'] as const) {
    checkFlag(OWNER, name, all[name]);
  }
  if (all.selfNormalized && all.meanWeightOnly) {
    throw invalid(
      OWNER,
      'selfNormalized and meanWeightOnly exclude each other, because the mean of self-normalized weights ' +
        'is always 1; set one of them',
    );
  }
  return all;
}
