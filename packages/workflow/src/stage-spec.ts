import { sha256OfJson } from '@ais/runtime/files';
import type { InputsOf, SettingsOf, StageKind } from './stage-kind.js';

/**
 * A stage of work as a value: what is done, with which settings, on top of which other stages.
 *
 * What it leaves is a function of these alone, so their hash names it wherever it is kept.
 */
export interface StageSpec<Kind extends StageKind = StageKind> {
  readonly kind: Kind;
  readonly settings: SettingsOf<Kind>;
  /** The stages whose folders it reads, by the role that each plays. */
  readonly needs: Readonly<Record<string, StageSpec>>;
  /** The back end that computes it: another one rounds differently. Absent if there is nothing to compute. */
  readonly backend?: string;
  /** SHA-256 of all of the above. */
  readonly key: string;
  /** What its work is told besides, plain JSON that does not decide what it leaves: a budget, a cache's place. */
  readonly hints?: unknown;
}

/** The stages that play the roles of a kind's inputs. */
export type StageNeeds<Kind extends StageKind> = { readonly [Role in keyof InputsOf<Kind>]: StageSpec };

/**
 * A stage with its key.
 *
 * @example
 * const two = stageSpec(numbers, { upTo: 2 }, {});
 * console.log(two.key === stageSpec(numbers, { upTo: 2 }, {}).key); // true
 * console.log(two.key === stageSpec(numbers, { upTo: 3 }, {}).key); // false
 */
export function stageSpec<Kind extends StageKind>(
  kind: Kind,
  settings: SettingsOf<Kind>,
  needs: StageNeeds<Kind>,
  backend?: string,
  hints?: unknown,
): StageSpec<Kind> {
  const given = needs as Readonly<Record<string, StageSpec>>;
  const computed = backend !== undefined && { backend };
  const key = stageKey({ kind, settings, needs: keysOf(given), ...computed });
  return { kind, settings, needs: given, key, ...computed, ...(hints !== undefined && { hints }) };
}

/** SHA-256 of what decides a stage's outcome, in hexadecimal. */
export function stageKey(stage: {
  readonly kind: Pick<StageKind, 'name' | 'version'>;
  readonly settings: unknown;
  /** Keys of the stages that it rests on, by role. */
  readonly needs: Readonly<Record<string, string>>;
  readonly backend?: string;
}): string {
  const { kind, settings, needs, backend } = stage;
  const { name, version } = kind;
  return sha256OfJson({
    kind: name,
    ...(version !== undefined && { version }),
    settings,
    needs,
    ...(backend !== undefined && { backend }),
  });
}

/** The keys of things that have one, by the same names. */
export function keysOf(
  keyed: Readonly<Record<string, { readonly key: string }>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(keyed).map(([role, { key }]) => [role, key]));
}

/**
 * The given stages and all that they rest on, each once, none before what it needs.
 *
 * @example
 * const needed = stageSpec(numbers, { upTo: 2 }, {});
 * console.log(stagesInOrder([stageSpec(sum, {}, { numbers: needed })]).map(({ kind }) => kind.name)); // [ 'numbers', 'sum' ]
 */
export function stagesInOrder(targets: readonly StageSpec[]): StageSpec[] {
  const ordered = new Map<string, StageSpec>();
  // Not by recursion, which a chain of some thousand stages would exhaust.
  const path: { readonly stage: StageSpec; readonly ahead: Iterator<StageSpec> }[] = [];
  const visit = (stage: StageSpec): void => {
    if (!ordered.has(stage.key)) path.push({ stage, ahead: Object.values(stage.needs).values() });
  };
  for (const target of targets) {
    visit(target);
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const { value: needed, done } = last.ahead.next();
      if (!done) {
        visit(needed);
        continue;
      }
      ordered.set(last.stage.key, last.stage);
      path.pop();
    }
  }
  return [...ordered.values()];
}
