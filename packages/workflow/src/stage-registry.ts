import { WorkflowError } from './errors.js';
import type { StageKind } from './stage-kind.js';

/**
 * The kinds of stages that a process can run.
 *
 * A module that exports one as `stages` is all that a worker process has to know: see `localExecutor`.
 */
export interface StageRegistry {
  readonly kinds: readonly StageKind[];
  /** Versions of what decides the numbers, kept in every record. */
  readonly versions?: Readonly<Record<string, string>>;
}

/**
 * The registry that a module exports as `stages`.
 *
 * @param module a URL, or a name that `import` resolves from here
 * @throws {WorkflowError} `invalid-registry`
 */
export async function loadStageRegistry(module: string): Promise<StageRegistry> {
  const { stages } = (await import(module)) as { readonly stages?: Partial<StageRegistry> };
  if (!Array.isArray(stages?.kinds)) {
    throw new WorkflowError(
      'invalid-registry',
      `${module} must export "stages", an object with a list of kinds. See StageRegistry.`,
    );
  }
  return stages as StageRegistry;
}

/**
 * The kind with a name.
 *
 * @throws {WorkflowError} `invalid-order` if no kind has that name, `invalid-registry` if several do
 */
export function findKind({ kinds }: StageRegistry, name: string): StageKind {
  const [found, another] = kinds.filter((kind) => kind.name === name);
  if (another) throw new WorkflowError('invalid-registry', `two kinds of stages are named "${name}".`);
  if (!found) {
    const known = kinds.map((kind) => kind.name).join(', ');
    throw new WorkflowError('invalid-order', `unknown kind of stage "${name}". Known kinds: ${known}.`);
  }
  return found;
}
