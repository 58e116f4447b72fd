import type { ResultOf, StageKind } from './stage-kind.js';
import type { StageOrder, StagePlace } from './stage-order.js';
import type { StageSpec } from './stage-spec.js';

/** What a finished stage leaves in its folder as `stage.json`. */
export interface StageRecord<Result = unknown> {
  /** Name of the kind. */
  readonly kind: string;
  /** Hash of the kind, settings and back end, and of the keys of the stages that it rests on. */
  readonly key: string;
  readonly settings: unknown;
  /** Keys of the stages that it rests on, by role. */
  readonly needs: Readonly<Record<string, string>>;
  readonly backend?: string;
  /** What it is or rests on that its key does not decide: fingerprints, by the keys of the stages that have them. */
  readonly fingerprints?: Readonly<Record<string, string>>;
  /** Versions of what computed it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Wall-clock seconds, those of interrupted attempts included. */
  readonly seconds: number;
  readonly result: Result;
}

/**
 * `running`: a process works on it now. `begun`: an attempt has left something, from which the next one resumes. `failed`: so
 * it has, and ended with an error.
 */
export type StageState = 'finished' | 'running' | 'begun' | 'failed' | 'due';

/** What another process opens the same store from: plain JSON, without passwords. See `openStore`. */
export interface StoreAddress {
  /** A folder, or `s3://bucket/prefix`. */
  readonly address: string;
  /** Names in a stage's folder that only serve to resume it: removed once it is finished. */
  readonly discard?: readonly string[];
  /** The folder for copies of what a store elsewhere holds. */
  readonly cache?: string;
}

/** Where stages are kept: what one plan has finished, another one finds, whatever it is called. */
export interface StageStore {
  readonly address: StoreAddress;
  /** The name of a stage's folder. */
  folder(stage: StageSpec): string;
  /** Where a stage is kept, for people to read: a path, or a URL. */
  location(stage: StageSpec | StagePlace): string;
  state(stage: StageSpec | StagePlace): Promise<StageState>;
  /**
   * What a finished stage left; nothing if it is not finished.
   *
   * @throws {WorkflowError} `stage-mismatch` if its folder holds a stage made from other inputs; {FileError} `damaged-file`
   */
  read<Kind extends StageKind>(stage: StageSpec<Kind>): Promise<StageRecord<ResultOf<Kind>> | undefined>;
  read(stage: StagePlace): Promise<StageRecord | undefined>;
  /**
   * Checks that a finished stage's files are what it left.
   *
   * @throws {WorkflowError} `artifact-damaged` naming a file that is missing or different; `inputs-missing` if the stage is
   *   not finished
   */
  verify(stage: StageSpec | StagePlace): Promise<void>;
  /**
   * The path of a folder on this machine with the files of a finished stage, each of which is what the stage left.
   *
   * @param wanted tells by its path, with slashes, whether a file is needed; every one is by default
   * @throws {WorkflowError} as `verify`
   */
  open(stage: StageSpec | StagePlace, wanted?: (file: string) => boolean): Promise<string>;
  /** Why the last attempt at a stage failed, if it did, and no process has tried again since. */
  failure(stage: StageSpec | StagePlace): Promise<string | undefined>;
  /** What all finished stages left, in no order. */
  records(): AsyncIterable<StageRecord>;
  /**
   * Takes a stage to work on it, so that no other process does at the same time.
   *
   * @throws {WorkflowError} `stage-busy` if another process has it
   */
  begin(order: StageOrder): Promise<StageAttempt>;
  /** Removes what attempts left that were killed in the moment after they had finished their stage; absent where nothing is left. */
  tidy?(): Promise<void>;
}

/** A stage that this process has taken to work on it. */
export interface StageAttempt {
  /** The folder to work in, which no other attempt has. */
  readonly directory: string;
  /** Seconds that earlier attempts took, which did not finish. */
  readonly earlierSeconds: number;
  /**
   * Makes the stage finished: whole or not at all, whatever happens meanwhile.
   *
   * @throws {WorkflowError} `stage-busy` if the stage has been taken from this process
   */
  commit(record: StageRecord): Promise<void>;
  /**
   * Keeps how long the attempts took so far, and why this one failed, if it did. What the folder holds stays, so that the
   * next attempt can resume.
   */
  abandon(seconds: number, failure?: string): Promise<void>;
  /** Gives the stage back. */
  release(): Promise<void>;
}
