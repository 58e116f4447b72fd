import * as fc from 'fast-check';
import { checkObjective } from '../../contract/check-objective.js';
import type { Objective } from '../../contract/objective.js';
import { BrokenLaw } from '../broken-law.js';
import { optionsLine } from '../hold.js';
import { requireThat, type Subject } from '../subject.js';

/** Version, name, and requirements are well-formed, whatever the options. */
export async function description<O, B>({
  factory,
  optionsArbitrary,
  parameters,
}: Subject<O, B>): Promise<void> {
  for (const options of fc.sample(optionsArbitrary, parameters)) {
    const { name } = describedObjective(factory, options);
    requireThat(
      /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name),
      () => `${name}: name must be lower-case words joined by hyphens, got '${name}'`,
    );
  }
}

/** What a factory makes of some options, if it is an objective. */
export function describedObjective<O, B>(factory: (options: O) => Objective<B>, options: O): Objective<B> {
  let made: Objective<B>;
  try {
    made = factory(options);
  } catch (cause) {
    throw new BrokenLaw(
      `the factory throws ${String(cause)}; draw only options that it accepts`,
      [optionsLine(options)],
      { cause },
    );
  }
  try {
    checkObjective(made, factory.name || undefined);
  } catch (cause) {
    throw new BrokenLaw((cause as Error).message.replace(/^@ais\/objectives: /, ''), [], { cause });
  }
  return made;
}
