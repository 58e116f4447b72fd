/** Win rate against the reference summaries, as `winRate` of `@ais/gold-eval` returns it. */
export interface ReportedWinRate {
  /** (wins + ½·ties) / n, between 0 and 1. */
  readonly rate: number;
  /** Ends of its 95 % interval. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly ties: number;
  /**
   * The outcome of each comparison (1, ½, 0), in the same order of prompts at every point of every method.
   * With them the report compares methods and points prompt by prompt; without them it treats points as
   * independent, which needs larger differences.
   */
  readonly outcomes?: readonly number[];
}

/** One evaluation along the training epoch. */
export interface ReportedPoint {
  /** How much of the epoch is done: 0 before the first step, 1 at the end. */
  readonly fraction: number;
  readonly step: number;
  readonly winRate: ReportedWinRate;
  /** Exact KL(π_θ‖π_ref) in nats, summed over a response's tokens, averaged over responses. */
  readonly kl: { readonly mean: number; readonly standardError: number };
  /** Mean response length in tokens, end-of-text included. */
  readonly meanLength: number;
  readonly goldRewardMean: number;
  /**
   * The win rate predicted for responses as long as the reference summaries, with its 95 % interval; absent where lengths
   * do not vary, or separate wins from losses.
   */
  readonly equalLength?: { readonly rate: number; readonly low: number; readonly high: number } | undefined;
}

/** One preference-trained method. */
export interface ReportedMethod {
  readonly name: string;
  /** One sentence: objective and what differs. */
  readonly description: string;
  /** Whether this is a method with adaptive importance weights, which the report is about. */
  readonly adaptive: boolean;
  /** Its evaluations, by rising fraction; one at least. */
  readonly points: readonly ReportedPoint[];
}

/** One prompt with what each policy answers. */
export interface ReportedSample {
  readonly prompt: string;
  readonly reference: { readonly text: string; readonly reward?: number };
  /** One for each policy, the SFT model first. */
  readonly responses: readonly { readonly method: string; readonly text: string; readonly reward: number }[];
}

/** A finished stage of the pipeline. */
export interface ReportedStage {
  readonly name: string;
  readonly seconds: number;
  /** What came out, with its number. */
  readonly detail: string;
}

/** Everything that the report of a demo run shows; plain JSON, so that it can be kept beside the report. */
export interface DemoReportData {
  readonly methods: readonly ReportedMethod[];
  /** The model that all methods start from, evaluated in the same way. */
  readonly sft?: ReportedPoint;
  readonly samples: readonly ReportedSample[];
  readonly settings: Readonly<Record<string, string | number>>;
  readonly stages: readonly ReportedStage[];
  /** The back end that ran, such as `wasm`. */
  readonly backend: string;
  /** Versions of what the run depended on, such as node and tfjs. */
  readonly versions: Readonly<Record<string, string>>;
  /** The command that reproduces the run. */
  readonly command: string;
  readonly seed: number;
  /** Where the text came from: `synthetic`, `debian`. */
  readonly source: string;
  readonly preset: string;
}
