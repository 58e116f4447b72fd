import type { JudgeAgreement } from '@ais/gold-eval';
import type { MixtureStudy } from '@ais/kl/mixture-study';
import type { CorpusSummary } from '@ais/pipeline';
import type { ScaleName } from '@ais/pipeline/settings';
import type { ExactBase, ExactTable } from './exact-table.js';
import type { ReportedPoint, ReportedSample } from './reported.js';
import type { StudyMethod } from './study-method.js';

/** `tiny`: minutes on two cores; `small`: hours on two cores, real text; `paper`: the paper's model and TL;DR on GPUs. */
export type StudyScale = ScaleName;

/**
 * Where the pairs come from. D0: the text's own response against one sampled by the gold model's SFT model. D1: sampled by the SFT
 * model, as in the paper. D2, D3: by policies shifted away from it. The gold model labels all of them.
 */
export type PreferenceData = 'D0' | 'D1' | 'D2' | 'D3';

export const preferenceData: readonly PreferenceData[] = ['D0', 'D1', 'D2', 'D3'];

/** Whether pairs come from a policy beside the reference whose log-probabilities are kept: on D1 it is the reference, on D0 it is unknown. */
export function isOfKnownPolicy(data: PreferenceData): boolean {
  return data === 'D2' || data === 'D3';
}

export type { StudyMethod } from './study-method.js';

/** The name of a method's objective among the hashes of a study. */
export function objectiveSetting(title: string): string {
  return `objective of ${title}`;
}

/** Metrics of a stretch of training steps, averaged over it. */
export interface TrainingPoint {
  /** Share of training at the stretch's end, above 0 and at most 1. */
  readonly fraction: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Of weighted methods only: mean weight, and effective sample size as a share of the batch. */
  readonly meanWeight?: number;
  readonly effectiveSampleSize?: number;
}

/** One preference run: a method at one β, on one data set, with one seed. */
export interface StudyRun {
  readonly method: StudyMethod;
  readonly beta: number;
  readonly data: PreferenceData;
  readonly seed: number;
  /** Evaluations by rising fraction, step 0 first. */
  readonly points: readonly ReportedPoint[];
  readonly training: readonly TrainingPoint[];
  /** Wall-clock seconds of training and evaluation. */
  readonly seconds: number;
}

/** The gold reward model that all policies of a study are judged by. */
export interface StudyGold {
  readonly parameters: number;
  /** Share of held-out pairs that it orders as they are labeled, with its 95 % interval, and how many there were. */
  readonly accuracy: number;
  readonly interval: { readonly low: number; readonly high: number };
  readonly pairs: number;
  /** Mean −log σ(margin) on them, in nats. */
  readonly logLoss: number;
  /** How far its confidence lies from its accuracy on average: the expected calibration error, a share. */
  readonly calibrationError: number;
}

/** An external judge, used in place of the gold model. */
export interface StudyJudge {
  readonly name: string;
  /** How far it agrees with labels, and whose they are; absent where there were none. */
  readonly agreement?: JudgeAgreement & { readonly labels: string };
}

/** A stage that a study rests on. Studies share stages, so their seconds do not add up over studies. */
export interface StudyStage {
  readonly kind: string;
  /** SHA-256 of all that decides what it leaves. */
  readonly key: string;
  /** Wall-clock seconds. */
  readonly seconds: number;
}

/** The β at which a study runs a method on one data set, whether those runs are finished or not. */
export interface PlannedBetas {
  /** Its title. */
  readonly method: string;
  readonly data: PreferenceData;
  /** Falling. */
  readonly betas: readonly number[];
}

/** The preference pairs that one seed's runs learn from. */
export interface StudyPairs {
  readonly seed: number;
  readonly data: PreferenceData;
  readonly pairs: number;
  /** Mean gold reward of all responses sampled for them: how good the policy is that they came from. */
  readonly meanReward: number;
  /** Mean of the chosen response's gold reward minus the rejected one's. */
  readonly meanMargin: number;
}

/** What is the same in the data of every study. */
interface StudyRecord {
  readonly study: string;
  /** Runs that are compared with each other have none. */
  readonly scale?: StudyScale | undefined;
  readonly seeds: readonly number[];
  /**
   * Numbers of seeds at which claims are judged, planned before the study was run; each look is at the confidence that all of
   * them together need. Without them the study is judged once.
   */
  readonly looks?: readonly number[];
  /** The file that the study was read from; built-in studies have none. */
  readonly file?: string;
  /** The command that makes these data again. */
  readonly command: string;
  readonly backend: string;
  /** Versions of what computed it; several, with commas, where its stages had several. */
  readonly versions: Readonly<Record<string, string>>;
  /** What decides the outcome, flat, for a table. */
  readonly settings: Readonly<Record<string, string | number>>;
  /**
   * Of each setting that names a file, a folder, or a package, a hash of what is in it, and of a model that is known by name one of
   * its weights: parts of a study are compared by these, wherever the files were. Absent in data of earlier versions.
   */
  readonly hashes?: Readonly<Record<string, string>>;
  /** Wall-clock seconds of all stages that the study rests on, those that were reused included. */
  readonly seconds: number;
}

/** Data of a study of trained policies. */
export interface PolicyStudyData extends StudyRecord {
  readonly source: string;
  /** This, the policy that all runs start from and the judge are absent where their stages were removed since. */
  readonly corpus?: CorpusSummary;
  readonly policy?: { readonly parameters: number };
  readonly gold?: StudyGold;
  /** Instead of a gold model. */
  readonly judge?: StudyJudge;
  /** The stages that the runs rest on, and the runs themselves. */
  readonly stages: readonly StudyStage[];
  readonly runs: readonly StudyRun[];
  /** What every seed was to run; absent in data of earlier versions, which say only what was run. */
  readonly planned?: readonly PlannedBetas[];
  /** Of each seed and data set that runs learn from. */
  readonly pairs: readonly StudyPairs[];
  /**
   * [prompts], the family of each prompt that policies are evaluated on, by number: prompts of one family, such as those of packages built
   * from one source, are won and lost together, and count as one draw. Absent in data of earlier versions.
   */
  readonly families?: readonly number[];
  /** Prompts with what the SFT model and each run's final policy of the first seed answer. */
  readonly samples: readonly ReportedSample[];
  /** Of `weights` only: each pair's log-weight at the end of training, its reward margin, and its lengths. */
  readonly weights?: readonly PairWeights[];
}

/** What the importance weights of one run do to its pairs. */
export interface PairWeights {
  readonly method: string;
  readonly beta: number;
  /** Which pairs; absent in data of earlier versions. */
  readonly data?: PreferenceData;
  readonly seed: number;
  /** One entry a pair, the columns side by side. */
  readonly logWeight: readonly number[];
  readonly goldMargin: readonly number[];
  readonly chosenLength: readonly number[];
  readonly rejectedLength: readonly number[];
}

/** Data of a study of the mixture: one behavior mixture, policies over a range of means, and how each weighted loss follows their KL. */
export interface MixtureStudyData extends StudyRecord {
  readonly mixture: MixtureStudy;
}

/** Data of the exact study: what methods did in worlds that are small enough to enumerate. */
export interface ExactStudyData extends StudyRecord {
  /** Its worlds. */
  readonly stages: readonly StudyStage[];
  readonly base: ExactBase;
  /** One row for each world, method, β, and way to compare: see `exactRows`. */
  readonly exact: ExactTable;
}

/** What a study measured, of whatever kind it is. */
export type StudyData = PolicyStudyData | MixtureStudyData | ExactStudyData;

/**
 * Whether data are those of a study that trains policies on text.
 *
 * @example
 * console.log(isPolicyStudy(data)); // true
 */
export function isPolicyStudy(study: StudyData): study is PolicyStudyData {
  return 'runs' in study;
}

/**
 * Whether data are those of the exact study.
 *
 * @example
 * console.log(isExactStudy(data)); // false
 */
export function isExactStudy(study: StudyData): study is ExactStudyData {
  return 'exact' in study;
}

/**
 * Whether data are those of a study that trains nothing.
 *
 * @example
 * console.log(isMixtureStudy(data)); // false
 */
export function isMixtureStudy(study: StudyData): study is MixtureStudyData {
  return 'mixture' in study;
}

/** Whether a claim is true here: `equivalent` stands for no difference larger than 2 points, `open` for too few data. */
export type ClaimVerdict = 'shown' | 'refuted' | 'equivalent' | 'open';

/** A claim beside what came out here; an entry of `claims.json`. */
export interface Claim {
  readonly figure: string;
  /** In a sentence. */
  readonly statement: string;
  /** Made up after its number had been seen. */
  readonly foundAfterwards?: true;
  /** The number that decides, and then those to read beside it, each with its interval where it has one. */
  readonly measured: readonly {
    readonly name: string;
    readonly value: number;
    /** How it was made, too. */
    readonly interval?: {
      readonly low: number;
      readonly high: number;
      readonly confidence: number;
      readonly method: string;
    };
  }[];
  /** The seeds that the verdict rests on. */
  readonly seeds: readonly number[];
  /** Which of the planned looks gave the verdict, from 1; 0 before the first, and absent where the study is judged once. */
  readonly look?: number;
  readonly looks?: readonly number[];
  readonly verdict: ClaimVerdict;
  /** The number that decides, and why. */
  readonly reason: string;
}
