import { sha256OfJson } from '@ais/runtime/files';
import type { StageSpec } from './stage-spec.js';
import type { StageStore } from './stage-store.js';

/** What decides how long a stage takes. */
export type StageSize = (stage: {
  /** Name of the kind. */
  readonly kind: string;
  readonly settings: unknown;
}) => unknown;

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
  size: StageSize = ({ settings }) => settings,
): Promise<(stage: StageSpec) => number | undefined> {
  const likeness = (kind: string, settings: unknown, backend: string | undefined): string =>
    sha256OfJson({ kind, size: size({ kind, settings }), backend });
  const known = new Map<string, { readonly sum: number; readonly count: number }>();
  for await (const { kind, settings, backend, seconds } of store.records()) {
    const alike = likeness(kind, settings, backend);
    const { sum, count } = known.get(alike) ?? { sum: 0, count: 0 };
    known.set(alike, { sum: sum + seconds, count: count + 1 });
  }
  return ({ kind, settings, backend }) => {
    const alike = known.get(likeness(kind.name, settings, backend));
    return alike && alike.sum / alike.count;
  };
}
