import { sha256OfJson } from '@ais/runtime/files';
import type { StageSpec } from './stage-spec.js';
import type { StageRecord, StageStore } from './stage-store.js';

/** A stage as `StageSize` sees it. */
export interface SizedStage {
  /** Name of the kind. */
  readonly kind: string;
  readonly settings: unknown;
  /** The stages that it rests on, by role; those that a store does not hold any more are absent. */
  readonly needs: Readonly<Record<string, SizedStage>>;
}

/** What decides how long a stage takes, as plain JSON. */
export type StageSize = (stage: SizedStage) => unknown;

/**
 * Predicts how long stages take from the finished ones in a store: the mean of those of the same kind, size, and back end.
 *
 * @param size by default all settings, so that only a stage's own time is known
 * @returns a stage's seconds; nothing if the store holds none like it
 * @example
 * const store = directoryStore('runs/durations');
 * const secondsOf = await stageDurations(store);
 * console.log(secondsOf(stageSpec(numbers, { upTo: 2 }, {}))); // undefined
 */
export async function stageDurations(
  store: Pick<StageStore, 'records'>,
  size?: StageSize,
): Promise<(stage: StageSpec) => number | undefined> {
  const known = new KnownDurations(size);
  await known.addAll(store);
  return (stage) => known.mean(known.likeness(stage));
}

/** What is left of a plan, while more and more of it is finished. */
export interface RemainingStages {
  /** How many are left. */
  readonly count: number;
  has(stage: StageSpec): boolean;
  /**
   * Takes a finished stage off, and learns from it how long those like it will take.
   *
   * @returns whether it was left
   */
  finish(record: StageRecord): boolean;
  /** Seconds of computing that are left, of the stages whose time is known, and how many there are of which nothing is known. */
  time(): { readonly seconds: number; readonly unknown: number };
}

/**
 * What a store does not hold yet of some stages, and how long it will take. The store is read once, so that a plan may have a
 * hundred thousand stages.
 *
 * @param size as in `stageDurations`
 * @example
 * const store = directoryStore('runs/remaining');
 * const stages = [2, 3].map((upTo) => stageSpec(numbers, { upTo }, {}));
 * const remaining = await remainingStages(stages, store);
 * console.log(remaining.count, remaining.time()); // 2 { seconds: 0, unknown: 2 }
 */
export async function remainingStages(
  stages: Iterable<StageSpec>,
  store: Pick<StageStore, 'records'>,
  size?: StageSize,
): Promise<RemainingStages> {
  const known = new KnownDurations(size);
  const finished = await known.addAll(store);
  const left = new Map<string, string>();
  /** How many are left of those alike. */
  const alike = new Map<string, number>();
  for (const stage of stages) {
    if (finished.has(stage.key) || left.has(stage.key)) continue;
    const likeness = known.likeness(stage);
    left.set(stage.key, likeness);
    alike.set(likeness, (alike.get(likeness) ?? 0) + 1);
  }
  return {
    get count() {
      return left.size;
    },
    has: ({ key }) => left.has(key),
    finish(record) {
      const likeness = left.get(record.key);
      if (likeness === undefined) return false;
      known.add(record);
      left.delete(record.key);
      alike.set(likeness, (alike.get(likeness) ?? 1) - 1);
      return true;
    },
    time() {
      let seconds = 0;
      let unknown = 0;
      for (const [likeness, count] of alike) {
        const mean = known.mean(likeness);
        if (mean === undefined) unknown += count;
        else seconds += count * mean;
      }
      return { seconds, unknown };
    },
  };
}

/** What is known of a finished stage here. */
type FinishedStage = Pick<StageRecord, 'kind' | 'settings' | 'needs' | 'backend' | 'seconds'>;

/** How long stages took, by what they have in common. */
class KnownDurations {
  readonly #size: StageSize;
  readonly #known = new Map<string, { readonly sum: number; readonly count: number }>();
  readonly #finished = new Map<string, FinishedStage>();

  constructor(size: StageSize = ({ settings }) => settings) {
    this.#size = size;
  }

  likeness(stage: StageSpec): string {
    return this.#hash(planned(stage), stage.backend);
  }

  /**
   * Adds all that a store holds.
   *
   * @returns the keys
   */
  async addAll(store: Pick<StageStore, 'records'>): Promise<Set<string>> {
    // What a stage rests on may come after it.
    for await (const { key, kind, settings, needs, backend, seconds } of store.records())
      this.#finished.set(key, { kind, settings, needs, seconds, ...(backend !== undefined && { backend }) });
    for (const stage of this.#finished.values()) this.#count(stage);
    return new Set(this.#finished.keys());
  }

  add(record: StageRecord): void {
    this.#finished.set(record.key, record);
    this.#count(record);
  }

  mean(likeness: string): number | undefined {
    const alike = this.#known.get(likeness);
    return alike && alike.sum / alike.count;
  }

  #count(stage: FinishedStage): void {
    const alike = this.#hash(this.#sized(stage), stage.backend);
    const { sum, count } = this.#known.get(alike) ?? { sum: 0, count: 0 };
    this.#known.set(alike, { sum: sum + stage.seconds, count: count + 1 });
  }

  #sized({ kind, settings, needs }: FinishedStage): SizedStage {
    const found = (): [string, SizedStage][] =>
      Object.entries(needs).flatMap(([role, key]) => {
        const stage = this.#finished.get(key);
        return stage ? [[role, this.#sized(stage)]] : [];
      });
    return {
      kind,
      settings,
      get needs() {
        return Object.fromEntries(found());
      },
    };
  }

  #hash(stage: SizedStage, backend: string | undefined): string {
    return sha256OfJson({ kind: stage.kind, size: this.#size(stage), backend });
  }
}

/** A stage of a plan. What it rests on is looked at only where a size asks for it: plans may be long chains. */
function planned({ kind, settings, needs }: StageSpec): SizedStage {
  return {
    kind: kind.name,
    settings,
    get needs() {
      return Object.fromEntries(Object.entries(needs).map(([role, stage]) => [role, planned(stage)]));
    },
  };
}
