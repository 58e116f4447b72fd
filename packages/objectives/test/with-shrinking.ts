import * as fc from 'fast-check';

/** Runs a test that is about shrinking, which mutation testing switches off. */
export async function withShrinking<T>(run: () => Promise<T>): Promise<T> {
  const before = fc.readConfigureGlobal();
  fc.configureGlobal({ ...before, endOnFailure: false });
  try {
    return await run();
  } finally {
    fc.configureGlobal(before);
  }
}
