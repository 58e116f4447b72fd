import type { Trial } from './try-packages.js';

/** Packages down, ways across: `ok` with the seconds it took, `FAILED`, or nothing where there was nothing to try. */
export function trialTable(trials: readonly Trial[]): string {
  const ways = [...new Set(trials.map(({ way }) => way))];
  const packages = [...new Set(trials.map((trial) => trial.package))];
  const cell = (name: string, way: string): string => {
    const trial = trials.find((one) => one.package === name && one.way === way);
    if (trial === undefined) return '';
    return trial.fault === null ? `ok ${trial.seconds.toFixed(0)} s` : 'FAILED';
  };
  return textTable([
    ['package', ...ways],
    ...packages.map((name) => [name, ...ways.map((way) => cell(name, way))]),
  ]);
}

/** Rows of text in columns. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The trials that failed, and why. */
export function faultsOf(trials: readonly Trial[]): string[] {
  return trials.flatMap(({ package: name, way, fault }) =>
    fault === null ? [] : [`${name}, ${way}: ${fault}`],
  );
}
