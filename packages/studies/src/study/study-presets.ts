import type { PreferenceData, StudyMethod, StudyName, StudyScale } from './study-data.js';
import { UnknownStudyError } from './study-errors.js';
import { studyScales } from './study-scales.js';
import {
  type PolicyStudySettings,
  type StudyRunSettings,
  type StudySettings,
  trainedStudies,
} from './study-settings.js';

const unweighted = (title: string, objective: string, options?: StudyMethod['options']): StudyMethod => ({
  title,
  objective,
  ...(options && { options }),
  importance: { kind: 'none' },
});
const weighted = (
  title: string,
  importance: StudyMethod['importance'],
  method: StudyMethod = dpo,
): StudyMethod => ({ ...method, title, importance });
/** A fixed α; α = 0 is the unweighted objective. */
const fixed = (alpha: number): StudyMethod => weighted(`AIS-DPO, α = ${alpha}`, { kind: 'fixed', alpha });

const dpo = unweighted('DPO', 'dpo');
// The paper's form, (βρ − 1)², so that β means the same for both losses.
const ipo = unweighted('IPO', 'ipo', { form: 'paper' });
const aisDpo = weighted('AIS-DPO', { kind: 'adaptive' });
const aisIpo = weighted('AIS-IPO', { kind: 'adaptive' }, ipo);
const squareRoot = weighted('AIS-DPO, α = 1/√|y|', { kind: 'square-root' });
const rpo = unweighted('RPO', 'rpo', { eta: 0.005 });
const rloo = unweighted('RLOO', 'rloo');
// The authors' later paper bounds log w by 2ε, ε = 0.25.
const clippedRatio = weighted('DPO, clipped ratio', { kind: 'fixed', alpha: 1, logWeightLimit: 0.5 });

const betas = [0.01, 0.05, 0.1, 0.5];
/** Where the paper looks at one β, and where over-optimization is worst. */
const smallest = 0.01;

function runs(
  methods: readonly StudyMethod[],
  strengths: readonly number[],
  sets: readonly PreferenceData[] = ['D1'],
): StudyRunSettings[] {
  return sets.flatMap((data) =>
    methods.flatMap((method) => strengths.map((beta) => ({ method, beta, data }))),
  );
}

const alphas = [0.05, 0.1, 0.2, 0.4].map(fixed);

const presets: Readonly<Record<Exclude<StudyName, 'fig1'>, readonly StudyRunSettings[]>> = {
  fig2: runs([dpo, aisDpo, ipo, aisIpo], betas),
  fig3: runs([dpo, aisDpo, ipo, aisIpo], [smallest]),
  fig4: runs([dpo], [smallest], ['D1', 'D2', 'D3']),
  fig5: runs([dpo], betas, ['D1', 'D2', 'D3']),
  fig6: runs([rloo, dpo, aisDpo], betas),
  fig7: runs([dpo, aisDpo, ipo, aisIpo], [smallest]),
  fig8: runs([dpo, ...alphas, aisDpo], [smallest]),
  fig9: runs([dpo, aisDpo, squareRoot], betas),
  fig10: runs([dpo, ...alphas, aisDpo], [smallest]),
  fig11: runs([dpo, aisDpo], [smallest], ['D1', 'D2', 'D3']),
  fig12: runs([rpo, aisDpo, dpo], [0.01, 0.05, 0.1]),
  weights: runs([aisDpo, squareRoot, ...alphas, clippedRatio], [smallest]),
  alternatives: runs(
    [
      dpo,
      aisDpo,
      unweighted('WPO', 'wpo'),
      unweighted('χPO', 'chi-po'),
      unweighted('R-DPO', 'length-regularized-dpo', { alpha: 0.01 }),
      clippedRatio,
    ],
    betas,
  ),
  behavior: runs([dpo, aisDpo, { ...aisDpo, title: 'AIS-DPO, μ', behavior: true }], [smallest], ['D2', 'D3']),
};

export const studyNames: readonly StudyName[] = ['fig1', ...trainedStudies];

/**
 * A study's settings by its name and scale.
 *
 * @param seeds how many; the seeds are 1, 2, … A study has one at `tiny` scale and three at the others where absent
 * @throws {UnknownStudyError}
 */
export function studyPreset(name: string, options: { scale?: string; seeds?: number } = {}): StudySettings {
  const { scale = 'tiny', seeds: count = scale === 'tiny' ? 1 : 3 } = options;
  if (!Object.hasOwn(studyScales, scale))
    throw new UnknownStudyError('scale', scale, Object.keys(studyScales));
  const known = scale as StudyScale;
  const seeds = Array.from({ length: count }, (_, index) => index + 1);
  // Its sampled losses stand beside their expectations: another seed would show nothing else.
  if (name === 'fig1') return { study: 'fig1', scale: known, seeds: [1], pairs: 2000 };
  const study = trainedStudies.find((trained) => trained === name);
  if (!study) throw new UnknownStudyError('study', name, [...studyNames, 'all', 'search']);
  return { study, scale: known, ...studyScales[known], seeds, runs: presets[study] };
}

/**
 * The settings of a search for the learning rate at which unweighted DPO over-optimizes: DPO at the smallest β, over
 * learning rates about the scale's own.
 */
export function searchPreset(
  options: { scale?: string; seeds?: number; learningRates?: readonly number[] } = {},
): PolicyStudySettings {
  const settings = studyPreset('fig4', { seeds: 1, ...options }) as PolicyStudySettings;
  const own = settings.preference.learningRate;
  const learningRates = options.learningRates ?? [0.2, 0.6, 1, 2, 6].map((factor) => rounded(factor * own));
  return {
    ...settings,
    study: 'search',
    runs: learningRates.map((learningRate) => ({
      method: { ...dpo, title: `DPO, learning rate ${learningRate}` },
      beta: smallest,
      data: 'D1',
      learningRate,
    })),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
