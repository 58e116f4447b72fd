import type { PreferenceData, StudyMethod } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';

const unweighted = (
  title: string,
  objective: string,
  objectiveOptions?: StudyMethod['objectiveOptions'],
): StudyMethod => ({ title, objective, ...(objectiveOptions && { objectiveOptions }), importance: 'none' });

const weighted = (
  title: string,
  importance: StudyMethod['importance'],
  method: StudyMethod = dpo,
): StudyMethod => ({ ...method, title, importance });

export const dpo: StudyMethod = unweighted('DPO', 'dpo');
/** In the paper's form, (βρ − 1)², so that β means the same for both losses. */
export const ipo: StudyMethod = unweighted('IPO', 'ipo', { form: 'paper' });
export const aisDpo: StudyMethod = weighted('AIS-DPO', 'inverse-length');
export const aisIpo: StudyMethod = weighted('AIS-IPO', 'inverse-length', ipo);
export const squareRootDpo: StudyMethod = weighted('AIS-DPO, α = 1/√|y|', 'inverse-sqrt-length');
export const rpo: StudyMethod = unweighted('RPO', 'rpo', { eta: 0.005 });
export const rloo: StudyMethod = unweighted('RLOO', 'rloo');
export const wpo: StudyMethod = unweighted('WPO', 'wpo');
export const chiPo: StudyMethod = unweighted('χPO', 'chi-po');
export const lengthRegularizedDpo: StudyMethod = unweighted('R-DPO', 'length-regularized-dpo', {
  alpha: 0.01,
});
/** The authors' later paper bounds log w by 2ε, ε = 0.25. */
export const clippedRatioDpo: StudyMethod = weighted('DPO, clipped ratio', {
  smoothing: 1,
  clip: { upper: 0.5 },
});

export type ControlName = 'self-normalized' | 'mean-weight' | 'bounded' | 'pair-alpha' | 'humanline';

/**
 * What stands between AIS-DPO and DPO: a weight makes steps smaller, and it weighs pairs against each other. Each of these does one
 * of the two, or does both in another way.
 */
export const controls: Readonly<Record<ControlName, StudyMethod>> = {
  // Weights divided by their mean: pairs are weighed against each other, and steps are as large as without weights.
  'self-normalized': weighted('reweighting alone', { smoothing: 'inverse-length', selfNormalized: true }),
  // All pairs of a batch have its mean weight: steps are as small as with weights, and pairs count alike.
  'mean-weight': weighted('mean weight alone', { smoothing: 'inverse-length', meanWeightOnly: true }),
  // log w within ±2ε, ε = 0.25.
  bounded: weighted('AIS-DPO, bounded', { smoothing: 'inverse-length', clip: { lower: -0.5, upper: 0.5 } }),
  // One α for both responses of a pair.
  'pair-alpha': weighted('AIS-DPO, one α per pair', { smoothing: 'inverse-length', pool: 'pair' }),
  // Bounds on the log-ratio of each token instead of weights.
  humanline: unweighted('Humanline-DPO', 'humanline-dpo'),
};

/** A fixed α; α = 0 is the unweighted objective. */
const fixedAlphaDpo = (alpha: number): StudyMethod => weighted(`AIS-DPO, α = ${alpha}`, alpha);

/** The fixed values of α that the paper looks at, besides 0. */
export const fixedAlphaValues: readonly number[] = [0.05, 0.1, 0.2, 0.4];
export const fixedAlphas: readonly StudyMethod[] = fixedAlphaValues.map(fixedAlphaDpo);

export const betas: readonly number[] = [0.01, 0.05, 0.1, 0.5];
/** Where the paper looks at one β, and where over-optimization is worst. */
export const smallestBeta = 0.01;

/** The runs of methods at several β on several data sets. */
export function runsOf(
  methods: readonly StudyMethod[],
  strengths: readonly number[],
  sets: readonly PreferenceData[] = ['D1'],
): StudyRunSettings[] {
  return sets.flatMap((data) =>
    methods.flatMap((method) => strengths.map((beta) => ({ method, beta, data }))),
  );
}
