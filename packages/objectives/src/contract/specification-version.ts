import type { Requirements, SpecificationVersion } from './objective.js';

/** What version 1 of the contract could not ask for. */
const ADDED = ['tokens', 'divergence', 'behavior'] as const satisfies readonly (keyof Requirements)[];

/** The requirements of version 2 that are asked for. */
export function addedRequirements(requires: Requirements): string[] {
  const added: string[] = ADDED.filter((name) => requires[name]);
  if (requires.columns && requires.columns.length > 0) added.push('columns');
  return requires.feedback === 'unpaired' ? ['feedback', ...added] : added;
}

/**
 * The version of the contract that an objective with these requirements is of.
 *
 * @example
 * specificationVersion({ feedback: 'pairs', reference: true, tokens: true }); // 'v2'
 */
export function specificationVersion(requires: Requirements): SpecificationVersion {
  return addedRequirements(requires).length > 0 ? 'v2' : 'v1';
}
