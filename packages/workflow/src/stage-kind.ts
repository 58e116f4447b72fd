/** How far a stage has come. */
export interface StageProgress {
  /** The stage, in the same words from its first report to its last. */
  readonly task: string;
  readonly completed: number;
  readonly total: number;
  /** A live figure beside it: a loss, a win rate. */
  readonly detail?: string;
}

/** What a stage's work is given beside its settings and inputs. */
export interface StageContext {
  /** The folder to work in. What it holds already is from an attempt that did not finish. */
  readonly directory: string;
  /** What the stage is called in reports of its progress. */
  readonly title: string;
  readonly signal: AbortSignal;
  readonly progress: (progress: StageProgress) => void;
  /** Says something in the stage's log: one line. */
  readonly log: (line: string) => void;
  /** What the plan tells besides settings; it must not decide what the stage leaves. */
  readonly hints?: unknown;
}

/**
 * One kind of stage: a name, and the work that a stage of this kind does.
 *
 * @typeParam Settings plain JSON; together with the inputs it decides the outcome
 * @typeParam Inputs the folders that it reads, by the role that each plays; an optional role may be absent
 * @typeParam Result plain JSON, kept in the stage's record
 */
export interface StageKind<Settings = unknown, Inputs extends object = object, Result = unknown> {
  /** Part of each key, and of the folders' names. */
  readonly name: string;
  /** Part of each key where it is given: change it when the same settings come to mean something else. */
  readonly version?: string;
  // A method, so that every kind is a `StageKind`: an order's settings and inputs are those of the kind it names.
  /**
   * Does the work in the folder, and resumes what an interrupted attempt left there.
   *
   * It may run twice, so it must leave the same files both times. When the signal aborts, it should stop soon, at a point
   * from which it can resume, and throw.
   */
  run(settings: Settings, inputs: Inputs, context: StageContext): Promise<Result>;
  /**
   * What the result depends on beyond settings and inputs, such as a hash of text that was downloaded.
   *
   * Everything that rests on one such stage must have seen the same fingerprint, or it is refused.
   */
  fingerprint?(result: Result): string | undefined;
}

/** The settings of a kind of stage. */
export type SettingsOf<Kind> =
  Kind extends StageKind<infer Settings, infer _Inputs, infer _Result> ? Settings : never;

/** The folders that a kind of stage reads, by role. */
export type InputsOf<Kind> =
  Kind extends StageKind<infer _Settings, infer Inputs, infer _Result> ? Inputs : never;

/** What a kind of stage reports when it is finished. */
export type ResultOf<Kind> =
  Kind extends StageKind<infer _Settings, infer _Inputs, infer Result> ? Result : never;
