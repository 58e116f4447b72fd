import { WorkflowError } from './errors.js';
import type { StageContext } from './stage-kind.js';
import type { StageOrder } from './stage-order.js';
import { findKind, type StageRegistry } from './stage-registry.js';
import { keysOf, stageKey } from './stage-spec.js';
import type { StageRecord, StageStore } from './stage-store.js';

/** What the caller of a stage passes besides the order. */
export type ExecutionContext = Pick<StageContext, 'signal' | 'progress' | 'log'>;

/**
 * Runs a stage in this process, or returns what it left if it is finished. Every executor ends here.
 *
 * @throws {WorkflowError} `stage-busy` if another process works on it; `stage-mismatch` if its folder holds another stage;
 *   `inputs-missing`, `inputs-changed`, `artifact-damaged` if what it rests on is not there, was made from different data, or
 *   is not what was left there; `invalid-order`
 * @throws what the stage's work throws
 * @example
 * const store = directoryStore('runs/perform');
 * const order = stageOrder(stageSpec(numbers, { upTo: 2 }, {}), store, 'two numbers');
 * const signal = new AbortController().signal;
 * const { result } = await performStage(order, store, { kinds: [numbers] }, { signal, progress: () => {}, log: () => {} });
 * console.log(result); // [ 1, 2 ]
 */
export async function performStage(
  order: StageOrder,
  store: StageStore,
  registry: StageRegistry,
  { signal, progress, log }: ExecutionContext,
): Promise<StageRecord> {
  const { key, settings, backend, title, hints } = order;
  const kind = findKind(registry, order.kind);
  const needs = keysOf(order.needs);
  const computed = backend !== undefined && { backend };
  if (stageKey({ kind, settings, needs, ...computed }) !== key) {
    throw new WorkflowError(
      'invalid-order',
      `the key of "${title}" does not match its contents: it was planned with another version of "${kind.name}". ` +
        'Use the same version of all packages for the plan and its workers.',
    );
  }
  const attempt = await store.begin(order);
  try {
    const finished = await store.read(order);
    if (finished) return finished;
    const { inputs, fingerprints: below } = await openInputs(order, store);
    const started = performance.now();
    const seconds = (): number => attempt.earlierSeconds + (performance.now() - started) / 1000;
    try {
      const { directory } = attempt;
      log(attempt.earlierSeconds > 0 ? `resumes after ${inSeconds(attempt.earlierSeconds)}` : 'begins');
      const told = { directory, title, signal, progress, log, ...(hints !== undefined && { hints }) };
      const result = await kind.run(settings, inputs, told);
      const own = kind.fingerprint?.(result);
      const fingerprints = { ...below, ...(own !== undefined && { [key]: own }) };
      const record: StageRecord = {
        kind: kind.name,
        key,
        settings,
        needs,
        ...computed,
        ...(Object.keys(fingerprints).length > 0 && { fingerprints }),
        versions: registry.versions ?? {},
        seconds: seconds(),
        result,
      };
      await attempt.commit(record);
      log(`finished in ${inSeconds(record.seconds)}`);
      return record;
    } catch (error) {
      const failure = signal.aborted ? undefined : messageOf(error);
      log(failure === undefined ? 'stopped' : `failed: ${failure}`);
      await attempt.abandon(seconds(), failure).catch((second: unknown) => {
        // A process that has lost its stage fails in one way or another. On a full disk, what went wrong first is what to tell.
        if (second instanceof WorkflowError && second.code === 'stage-busy') throw second;
      });
      throw error;
    }
  } finally {
    // What cannot be cleared up changes nothing about how the stage ended: its record is there, or silence gives it back.
    await attempt.release().catch((error: unknown) => log(`cannot clear up: ${messageOf(error)}`));
  }
}

/** The folders of the stages that an order rests on, by role, and the fingerprints that all of them agree on. */
async function openInputs(
  order: StageOrder,
  store: StageStore,
): Promise<{
  readonly inputs: Readonly<Record<string, string>>;
  readonly fingerprints: Readonly<Record<string, string>>;
}> {
  const inputs: Record<string, string> = {};
  const locationOf = (role: string): string => {
    const place = order.needs[role];
    return place ? store.location(place) : role;
  };
  const found = new Map<string, { readonly fingerprint: string; readonly role: string }>();
  for (const [role, place] of Object.entries(order.needs)) {
    const record = await store.read(place);
    if (!record) {
      throw new WorkflowError(
        'inputs-missing',
        `"${order.title}" needs ${place.folder} (${role}), which is not finished. Run the plan again.`,
      );
    }
    inputs[role] = await store.open(place);
    for (const [key, fingerprint] of Object.entries(record.fingerprints ?? {})) {
      const other = found.get(key);
      if (other && other.fingerprint !== fingerprint) {
        throw new WorkflowError(
          'inputs-changed',
          `"${order.title}" rests on stages that were made from different data, because their source has changed: ` +
            `${[other.role, role].map(locationOf).join(' and ')}. Remove the store that holds them or choose another one, ` +
            'so that everything is made from the same data.',
        );
      }
      found.set(key, { fingerprint, role });
    }
  }
  const fingerprints = Object.fromEntries([...found].map(([key, { fingerprint }]) => [key, fingerprint]));
  return { inputs, fingerprints };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}
