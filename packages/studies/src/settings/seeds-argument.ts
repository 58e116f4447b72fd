/**
 * Seeds as `--seeds` takes them: `3` for the first three, `6,12,24` where claims are judged at several numbers of them, and
 * `4-6` or `1-2,5-5` for others.
 */
export function seedsArgument({
  seeds,
  looks,
}: {
  readonly seeds: readonly number[];
  readonly looks?: readonly number[] | undefined;
}): string {
  if (!seeds.every((seed, index) => seed === index + 1)) return ranges(seeds);
  return looks?.at(-1) === seeds.length ? looks.join(',') : String(seeds.length);
}

function ranges(seeds: readonly number[]): string {
  const found: [number, number][] = [];
  for (const seed of seeds) {
    const last = found.at(-1);
    if (last?.[1] === seed - 1) last[1] = seed;
    else found.push([seed, seed]);
  }
  return found.map(([from, to]) => `${from}-${to}`).join(',');
}
