import type { StageSpec } from './stage-spec.js';

/** Where a stage is kept in a store. */
export interface StagePlace {
  readonly key: string;
  /** The name of its folder, without any path. */
  readonly folder: string;
}

/** A stage as another process is told to run it: plain JSON, with no code and no path in it. */
export interface StageOrder extends StagePlace {
  /** Name of the kind, which the process that runs it looks up in its own registry. */
  readonly kind: string;
  readonly settings: unknown;
  /** The stages that it rests on, by role. */
  readonly needs: Readonly<Record<string, StagePlace>>;
  readonly backend?: string;
  /** What does not decide the outcome; see `StageSpec`. */
  readonly hints?: unknown;
  /** What it is called in reports of its progress. */
  readonly title: string;
  /** Of stages that can begin, those with a larger number do first; 0 if there is none. */
  readonly priority?: number;
}

/**
 * The order to run a stage in a store.
 *
 * @example
 * const store = directoryStore('runs/orders');
 * console.log(stageOrder(stageSpec(numbers, { upTo: 2 }, {}), store, 'two numbers').kind); // numbers
 */
export function stageOrder(
  stage: StageSpec,
  store: { readonly folder: (stage: StageSpec) => string },
  title: string,
  priority?: number,
): StageOrder {
  const place = (spec: StageSpec): StagePlace => ({ key: spec.key, folder: store.folder(spec) });
  return {
    kind: stage.kind.name,
    ...place(stage),
    settings: stage.settings,
    needs: Object.fromEntries(Object.entries(stage.needs).map(([role, needed]) => [role, place(needed)])),
    ...(stage.backend !== undefined && { backend: stage.backend }),
    ...(stage.hints !== undefined && { hints: stage.hints }),
    title,
    ...(priority !== undefined && { priority }),
  };
}
