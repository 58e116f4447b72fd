import { WorkflowError } from '../errors.js';

/**
 * Tries all laws of something.
 *
 * @throws {WorkflowError} `conformance` naming every law that is broken, and why
 */
export async function requireLaws(
  subject: string,
  laws: readonly { readonly name: string; readonly run: () => Promise<void> }[],
): Promise<void> {
  const broken: string[] = [];
  let cause: unknown;
  for (const { name, run } of laws) {
    try {
      await run();
    } catch (error) {
      cause ??= error;
      broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (broken.length === 0) return;
  const count = broken.length === 1 ? '1 law' : `${broken.length} laws`;
  throw new WorkflowError('conformance', [`the ${subject} breaks ${count}.`, ...broken].join('\n\n'), {
    cause,
  });
}
