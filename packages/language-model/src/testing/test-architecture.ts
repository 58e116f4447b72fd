import { LanguageModelError } from '../errors.js';
import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import { checkGolden } from './golden.js';
import { LAWS } from './laws.js';
import type { ArchitectureTestOptions, Subject } from './subject.js';

/** The architecture breaks at least one law; `failures` holds what is wrong with each. */
export class ConformanceError extends LanguageModelError {
  override readonly name = 'ConformanceError';
  /** The checks that failed, by name, with the error of each. */
  readonly failures: ReadonlyMap<string, unknown>;

  constructor(modelType: string, failures: ReadonlyMap<string, unknown>) {
    const [first] = failures.values();
    const checks = failures.size === 1 ? '1 check' : `${failures.size} checks`;
    const report = [...failures].map(([name, error]) => `${name}: ${messageOf(error)}`);
    super('conformance', [`${modelType} fails ${checks}.`, ...report].join('\n\n'), { cause: first });
    this.failures = failures;
  }
}

/**
 * Tests a family of models against everything that is promised of every family.
 *
 * For each configuration: reading what was written, plan and parameters that agree, gradients against finite differences,
 * shared prompts, packed rows, and cached generation against plain passes, files that are the same after loading and saving
 * again, a reward model, no leaked tensors. For each golden folder: logits, gradients of every parameter, greedy tokens,
 * and rewards of `transformers`. It needs no test runner: it returns a promise, so it is the body of a test in any of them.
 * A back end must be running and gradients be registered; it writes to the system's folder for temporary files.
 *
 * @param architecture the family
 * @param options small configurations, and golden folders
 * @returns resolves if every check holds
 * @throws {ConformanceError} naming every check that fails, and why
 * @example
 * await testArchitecture(llama, {
 *   configurations: [{ vocabularySize: 32, hiddenSize: 8, layerCount: 1, headCount: 2, maxPositions: 32 }],
 * });
 */
export async function testArchitecture<C extends ModelConfiguration>(
  architecture: Architecture<C>,
  { configurations, golden = [] }: ArchitectureTestOptions<C>,
): Promise<void> {
  const failures = new Map<string, unknown>();
  const check = async (name: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      failures.set(name, error);
    }
  };
  const general = architecture as unknown as Architecture;
  for (const [index, options] of configurations.entries()) {
    await check(`configuration ${index}`, async () => {
      const subject: Subject = { architecture: general, configuration: architecture.complete(options) };
      for (const [law, holds] of Object.entries(LAWS)) {
        await check(`configuration ${index}, ${law}`, () => holds(subject));
      }
    });
  }
  for (const folder of golden) await check(`golden ${folder}`, () => checkGolden(general, folder));
  if (failures.size > 0) throw new ConformanceError(architecture.modelType, failures);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
