import { builtInSources } from '@ais/pipeline/settings';

const BUILT_IN: ReadonlySet<string> = new Set([...builtInSources, 'oracle', 'human']);

/** Whether a name is that of a built-in source or judge, whatever else lies here under that name. */
export function isBuiltInName(name: string): boolean {
  return BUILT_IN.has(name);
}
