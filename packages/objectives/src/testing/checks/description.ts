import * as fc from 'fast-check';
import { requireThat, type Subject } from '../subject.js';

/** Version, name and requirements are well-formed. */
export async function description<O, B>({
  factory,
  optionsArbitrary,
  parameters,
}: Subject<O, B>): Promise<void> {
  fc.assert(
    fc.property(optionsArbitrary, (options) => {
      const { specificationVersion, name, requires } = factory(options);
      requireThat(
        specificationVersion === 'v1',
        () => `specificationVersion is ${specificationVersion}, not 'v1'`,
      );
      requireThat(
        /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name),
        () => `the name '${name}' is not lower case words joined by hyphens`,
      );
      requireThat(
        requires.feedback === 'pairs' || requires.feedback === 'samples',
        () => `requires.feedback is '${requires.feedback}', not 'pairs' or 'samples'`,
      );
      requireThat(
        typeof requires.reference === 'boolean',
        () => 'requires.reference is neither true nor false',
      );
    }),
    parameters,
  );
}
