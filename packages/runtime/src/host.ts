/** Whether this is Node, so that its built-in modules exist. */
export const isNode: boolean = typeof process !== 'undefined' && typeof process.versions?.node === 'string';

/** Imports a module that exists in Node only, in a way that bundlers for browsers leave alone. */
export async function importInNode<T>(specifier: string): Promise<T> {
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ specifier)) as T;
}
