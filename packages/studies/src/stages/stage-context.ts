/** How far a stage has come. */
export interface StageProgress {
  /** The stage, in the same words from its first report to its last. */
  readonly task: string;
  readonly completed: number;
  readonly total: number;
  /** A live figure beside it: a loss, a win rate. */
  readonly detail?: string;
}

/** What every stage is given beside its settings and folders. */
export interface StageContext {
  /** What the stage is called in reports of its progress. */
  readonly title: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: StageProgress) => void;
}
