import { hashJson } from '../durable-json.js';
import type { StageKind, StageKinds } from './stage-kinds.js';

/**
 * A stage of work as a value: what is done, with which settings, on top of which other stages.
 *
 * What it leaves is a function of these alone, so their hash names it wherever it is kept.
 */
export interface StageSpec<Kind extends StageKind = StageKind> {
  readonly kind: Kind;
  readonly settings: StageKinds[Kind]['settings'];
  /** The stages whose folders it reads, by the part that each plays. */
  readonly needs: Readonly<Record<string, StageSpec>>;
  /** The back end that computes it: another one rounds differently. Absent where there is nothing to compute. */
  readonly backend?: string;
  /** SHA-256 of all of the above. */
  readonly key: string;
}

/** A stage with its key. */
export function stageSpec<Kind extends StageKind>(
  kind: Kind,
  settings: StageKinds[Kind]['settings'],
  needs: Readonly<Record<StageKinds[Kind]['needs'], StageSpec>> &
    Partial<Readonly<Record<StageKinds[Kind]['mayNeed'], StageSpec>>>,
  backend?: string,
): StageSpec<Kind> {
  const given = needs as Readonly<Record<string, StageSpec>>;
  const keys = Object.fromEntries(Object.entries(given).map(([role, { key }]) => [role, key]));
  const key = hashJson({ kind, settings, needs: keys, ...(backend !== undefined && { backend }) });
  return { kind, settings, needs: given, key, ...(backend !== undefined && { backend }) };
}

/** The stages that the given ones rest on and the given ones themselves, each once, none before what it needs. */
export function stagesInOrder(targets: readonly StageSpec[]): StageSpec[] {
  const ordered = new Map<string, StageSpec>();
  const visit = (spec: StageSpec): void => {
    if (ordered.has(spec.key)) return;
    for (const needed of Object.values(spec.needs)) visit(needed);
    ordered.set(spec.key, spec);
  };
  for (const target of targets) visit(target);
  return [...ordered.values()];
}
