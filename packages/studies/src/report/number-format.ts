const minus = '\u2212';

/** A fixed number of decimals, with a true minus sign; a dash if there is no number. */
export function decimal(value: number, digits: number = 2): string {
  if (!Number.isFinite(value)) return '\u2013';
  const text = value.toFixed(digits);
  // −0.00 says no more than 0.00.
  return Number(text) === 0 ? (0).toFixed(digits) : text.replace('-', minus);
}

/** A proportion in percent, such as 58.2 %. */
export function percent(value: number, digits: number = 1): string {
  return Number.isFinite(value) ? `${decimal(100 * value, digits)}\u00a0%` : '\u2013';
}

/** A difference of proportions in percentage points, always signed. */
export function percentagePoints(value: number, digits: number = 1): string {
  const text = decimal(100 * value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** Seconds in the unit that reads best: 0.4 s, 12 s, 3 min 20 s, 1 h 5 min. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '\u2013';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Whole numbers with what lies between neighbors left out: 1, 2, 7 to 300. */
export function wholeNumbersText(numbers: readonly number[]): string {
  const runs: number[][] = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.at(-1) === number - 1) last.push(number);
    else runs.push([number]);
  }
  return runs.flatMap((run) => (run.length > 2 ? `${run[0]} to ${run.at(-1)}` : run.map(String))).join(', ');
}

/** A p-value, never printed as 0. */
export function pValue(value: number): string {
  return value < 0.001 ? 'p < 0.001' : `p = ${value.toFixed(value < 0.1 ? 3 : 2)}`;
}
