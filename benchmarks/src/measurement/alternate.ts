import type { Side } from '../sides/side.js';

export interface AlternateOptions<Answer> {
  readonly repetitions: number;
  /** Told after each measurement; repetition 0 is the warm-up, which does not count. */
  readonly onMeasured?: (name: string, repetition: number, answer: Answer) => void;
}

/**
 * Measures sides alternately, each once to warm up and then `repetitions` times; the order of the sides is reversed from
 * one repetition to the next, so that a machine that grows slower or faster treats them alike.
 *
 * @returns the answers that count, by the side's name
 */
export async function alternate<Answer>(
  sides: ReadonlyMap<string, Side<unknown, Answer>>,
  { repetitions, onMeasured }: AlternateOptions<Answer>,
): Promise<Map<string, Answer[]>> {
  const answers = new Map([...sides.keys()].map((name): [string, Answer[]] => [name, []]));
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    const order = repetition % 2 === 0 ? [...sides] : [...sides].reverse();
    for (const [name, side] of order) {
      const answer = await side.measure();
      if (repetition > 0) answers.get(name)?.push(answer);
      onMeasured?.(name, repetition, answer);
    }
  }
  return answers;
}
