import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type CausalLanguageModel, loadPretrained, savePretrained } from '@ais/language-model';
import { evaluationsAlong, readEvaluations, runSteps, trainingOptions } from '@ais/pipeline';
import type { TrainingSettings } from '@ais/pipeline/settings';
import { removeWhole } from '@ais/runtime/files';
import { computeReferenceLogProbs, type TrainingOptions, trainPreference } from '@ais/trainer';
import type { StageContext } from '@ais/workflow';
import { type EvaluatorFolders, type EvaluatorSettings, openEvaluator } from './evaluator.js';
import { loadPairs, referencePath } from './pairs-stage.js';
import { choosePairMethod, type StageMethod } from './preference-stage.js';
import { stageRun } from './step-context.js';

export interface ShiftStageSettings {
  readonly method: StageMethod;
  readonly beta: number;
  readonly training: TrainingSettings;
  /** Shares of the run after which the two policies are kept; with `best`, that with the highest win rate, and that half-way there. */
  readonly early: number;
  readonly late: number | 'best';
  readonly seed: number;
  /** How win rates are measured; only where the best is asked for. */
  readonly measured?: Pick<EvaluatorSettings, 'evaluation' | 'maxNewTokens'> | undefined;
}

/** Updates after which the two policies were kept. */
export interface ShiftSummary {
  readonly early: number;
  readonly late: number;
}

export type ShiftFolders = Readonly<Record<'policy' | 'pairs', string>> &
  Readonly<Partial<Record<'corpus' | 'gold' | 'start' | 'baseline', string>>>;

/** Makes the policies that D2 and D3 are sampled from: two checkpoints of one preference run, left in `early` and `late`. */
export async function trainShiftedPolicies(
  settings: ShiftStageSettings,
  inputs: ShiftFolders,
  context: StageContext,
): Promise<ShiftSummary> {
  const { method, beta, training, seed } = settings;
  const chosen = await choosePairMethod(method, beta);
  const pairs = await loadPairs(inputs.pairs);
  const steps = runSteps(training, pairs.length);
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  try {
    const reference = await computeReferenceLogProbs(policy, pairs, {
      microBatchSize: training.microBatchSize,
      path: referencePath(inputs.pairs),
      signal: context.signal,
    });
    const train = async (keeping: KeepPolicies): Promise<void> => {
      await trainPreference(policy, reference, pairs, chosen.objective, {
        ...trainingOptions('train', { seed, training }, policy.parameters.keys(), stageRun(context)),
        ...keeping,
      });
    };
    return await (settings.late === 'best'
      ? keepBest(settings, inputs as EvaluatorFolders, { policy, steps, train }, context)
      : keepAt({ early: settings.early, late: settings.late }, { policy, steps, train }, context));
  } finally {
    policy.dispose();
  }
}

/** What of a training keeps its policies. */
type KeepPolicies = Pick<TrainingOptions, 'evaluateAt' | 'onEvaluate' | 'callbacks'>;

interface ShiftedRun {
  readonly policy: CausalLanguageModel;
  readonly steps: number;
  readonly train: (keeping: KeepPolicies) => Promise<void>;
}

/** Keeps the policies at two shares of the run, which ends at the later one; its schedule is that of the whole run all the same. */
async function keepAt(
  shares: { readonly early: number; readonly late: number },
  { policy, steps, train }: ShiftedRun,
  { directory }: StageContext,
): Promise<ShiftSummary> {
  const at = (share: number): number => Math.max(1, Math.round(share * steps));
  const kept = { early: at(shares.early), late: at(shares.late) };
  await train({
    evaluateAt: [kept.early, kept.late],
    onEvaluate: async ({ step }) => {
      for (const name of ['early', 'late'] as const) {
        if (step === kept[name]) await savePretrained(policy, join(directory, name));
      }
      return {};
    },
    callbacks: [
      {
        evaluate: ({ step }, run) => {
          if (step === kept.late) run.stop('both policies are kept');
        },
      },
    ],
  });
  return kept;
}

/** Keeps the policy of the evaluation with the highest win rate after the start, and that after half of its updates. */
async function keepBest(
  { training, seed, measured }: ShiftStageSettings,
  inputs: EvaluatorFolders,
  { policy, steps, train }: ShiftedRun,
  context: StageContext,
): Promise<ShiftSummary> {
  if (!measured) throw new Error('The best policy needs to be measured.');
  const { directory, title, progress, hints } = context;
  const { microBatchSize } = training;
  const { evaluations, dispose } = await openEvaluator(inputs, { ...measured, microBatchSize, seed }, hints);
  const candidate = (step: number): string => join(directory, 'candidates', `step-${step}`);
  try {
    const along = evaluationsAlong(
      policy,
      { ...evaluations, steps, directory },
      { title, onProgress: progress },
    );
    const evaluated = new Set(along.evaluateAt);
    const halves = along.evaluateAt.filter((step) => step > 0).map(halfWay);
    await train({
      evaluateAt: [...new Set([...evaluated, ...halves])].sort((a, b) => a - b),
      onEvaluate: async (at) => {
        if (at.step > 0) await savePretrained(policy, candidate(at.step));
        return evaluated.has(at.step) ? along.onEvaluate(at) : {};
      },
    });
  } finally {
    dispose();
  }
  const kept = bestCheckpoints(
    (await readEvaluations(directory)).map(({ step, winRate }) => ({ step, rate: winRate?.rate ?? 0 })),
  );
  // A process that was killed at the end of this stage has removed the candidates already.
  if (!existsSync(join(directory, 'candidates'))) return kept;
  for (const name of ['early', 'late'] as const) {
    await cp(candidate(kept[name]), join(directory, name), { recursive: true });
  }
  await removeWhole(join(directory, 'candidates'));
  return kept;
}

/** The update after the start with the highest win rate, the first of equals, and the one half-way there. */
export function bestCheckpoints(
  evaluations: readonly { readonly step: number; readonly rate: number }[],
): ShiftSummary {
  const [first, ...others] = evaluations.filter(({ step }) => step > 0);
  if (!first) throw new Error('A run has evaluations after its start.');
  const late = others.reduce((best, one) => (one.rate > best.rate ? one : best), first).step;
  return { early: halfWay(late), late };
}

/** Half of some updates. The evaluation nearest to that may be the best itself: then D2 would be D3. */
function halfWay(step: number): number {
  return Math.max(1, Math.round(step / 2));
}
