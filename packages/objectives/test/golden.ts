import fixture from '../fixtures/golden.json' with { type: 'json' };
import type { Golden } from '../src/testing/index.js';

/**
 * The golden values of an objective, made by fixtures/make-golden.py.
 *
 * @param objective its name in the fixture
 * @param options turns the options of the fixture, plain JSON, into the factory's; as they are where absent
 */
export function goldenOf<O, B>(
  objective: string,
  options: (given: Record<string, unknown>) => O = (given) => given as O,
): Golden<O, B>[] {
  const cases = fixture.cases.filter((entry) => entry.objective === objective);
  if (cases.length === 0) throw new Error(`fixtures/golden.json has no case of ${objective}`);
  return cases.map(
    (entry): Golden<O, B> => ({
      source: `${entry.source} ${JSON.stringify(entry.options)}`,
      options: options(entry.options as Record<string, unknown>),
      batch: entry.batch as Golden<O, B>['batch'],
      losses: entry.losses,
      gradients: entry.gradients as Readonly<Record<string, readonly number[]>>,
    }),
  );
}
