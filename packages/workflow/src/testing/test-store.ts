import { requireLaws } from './require-laws.js';
import { type StoreFactory, storeChecks } from './store-checks.js';

/**
 * Tests a store against everything that is promised of every store.
 *
 * Its states, what attempts leave, the files of finished stages, damaged files, stages that are taken from silent processes,
 * and stages that several begin or finish at once. It needs no test runner: it returns a promise, so it is the body of a test in any
 * of them. For one test per law, use `storeChecks`.
 *
 * @param create makes an empty store, and what can go wrong with it
 * @throws {WorkflowError} `conformance` naming every law that is broken, and why
 * @example
 * const tested = () => testStore(createMyStore); // a function that makes an empty store: see `storeChecks`
 */
export async function testStore(create: StoreFactory): Promise<void> {
  await requireLaws('store', storeChecks(create));
}
