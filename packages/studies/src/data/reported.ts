/** Win rate against the reference responses, as `winRate` of `@ais/gold-eval` returns it. */
export interface ReportedWinRate {
  /** (wins + ½·ties) / n, between 0 and 1. */
  readonly rate: number;
  /** Ends of its 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly ties: number;
  /** The outcome of each comparison (1, ½, 0), in the same order of prompts at every point of every method. */
  readonly outcomes?: readonly number[];
}

/** One evaluation along the training epoch. */
export interface ReportedPoint {
  /** How much of training is done: 0 before the first step, 1 at the end. */
  readonly fraction: number;
  readonly step: number;
  readonly winRate: ReportedWinRate;
  /** Exact KL(π_θ‖π_ref) in nats, summed over a response's tokens, averaged over responses. */
  readonly kl: ReportedKl;
  /** Mean response length in tokens, end-of-text included. */
  readonly meanLength: number;
  readonly goldRewardMean: number;
  /**
   * The win rate predicted for responses as long as the reference responses, with its 95 % interval; absent where lengths
   * hardly vary beside how far they are from the references', or separate wins from losses.
   */
  readonly equalLength?: ReportedEqualLength | undefined;
  /** By the second judge, a rule, against the same reference responses; at the end of training, where there is one. */
  readonly prose?: ReportedProse;
  /** The same policy at another temperature of its responses; absent where it was not measured. */
  readonly otherTemperature?: ReportedTemperature;
  /** How far the judge agrees with held-out labels; absent where it was not compared with any. */
  readonly agreement?: ReportedAgreement;
  /** [prompts], the families of the study's prompts, which are given to each evaluation when data are read. */
  readonly clusters?: readonly number[];
}

/** What a rule says of responses, with its score of each, in the order of the prompts. */
export interface ReportedProse extends ReportedWinRate {
  readonly scores: readonly number[];
}

/** A win rate predicted at equal length. */
export interface ReportedEqualLength {
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  /** What each prompt adds to it, in the order of the prompts: see `lengthControlledWinRate`; data of earlier versions lack it. */
  readonly perPrompt?: readonly number[];
}

/** What a policy is at another temperature. */
export interface ReportedTemperature {
  readonly temperature: number;
  readonly winRate: ReportedWinRate;
  readonly kl: ReportedKl;
  readonly meanLength: number;
}

/** A KL divergence in nats, with that of each prompt's response where it was kept, in the order of the prompts. */
export interface ReportedKl {
  readonly mean: number;
  readonly standardError: number;
  readonly perPrompt?: readonly number[];
}

/** A judge's agreement with labels: a win rate by a judge that agrees with no one says nothing. */
export interface ReportedAgreement {
  /** Share of the labels that it agrees with, a tie half, with its 95 % interval. */
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  /** Cohen's κ. */
  readonly kappa: number;
  /** How many labels there were. */
  readonly pairs: number;
}

/** One prompt with what each policy answers. */
export interface ReportedSample {
  readonly prompt: string;
  readonly reference: { readonly text: string; readonly reward?: number };
  /** One for each policy, the SFT model first. */
  readonly responses: readonly { readonly method: string; readonly text: string; readonly reward: number }[];
}
