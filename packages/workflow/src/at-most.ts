/**
 * What does pieces of work of which at most so many are at work at once; the others wait for their turn.
 *
 * @param count how many
 */
export function atMost(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  const lanes: Promise<unknown>[] = Array.from({ length: count }, () => Promise.resolve());
  let turn = 0;
  return (work) => {
    const lane = turn++ % count;
    const result = Promise.resolve(lanes[lane]).then(work);
    lanes[lane] = result.catch(() => {});
    return result;
  };
}
