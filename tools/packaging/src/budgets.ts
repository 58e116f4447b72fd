import { readFileSync } from 'node:fs';

/** What one package may cost. */
export interface Budget {
  readonly package: string;
  /** What is bundled: an entry and one name of it; null if the package does not run in bundles. */
  readonly bundled: { readonly entry: string; readonly name: string } | null;
  /** Of `bundled`, minified, without TensorFlow.js. */
  readonly bundleKilobytes: number | null;
  readonly tarballKilobytes: number;
  /** Packages of others that npm installs for the README's install line. */
  readonly packages: number;
  /** What these and the package itself occupy on the disk. */
  readonly installedMegabytes: number;
}

export interface Budgets {
  readonly packages: ReadonlyMap<string, Budget>;
  /** The licenses that dependencies may have, each with the dependencies that have it. */
  readonly licenses: ReadonlyMap<string, readonly string[]>;
}

/** The tables of `budgets.md`. */
export function readBudgets(path: string): Budgets {
  const [packages = [], licenses = []] = tablesOf(readFileSync(path, 'utf8'));
  return {
    packages: new Map(
      packages.map((cells) => {
        const budget = budgetOf(cells);
        return [budget.package, budget];
      }),
    ),
    licenses: new Map(licenses.map(([license = '', names = '']) => [license, names.split(', ')])),
  };
}

function budgetOf(cells: readonly string[]): Budget {
  const [name = '', bundled = '', bundle = '', tarball = '', packages = '', installed = ''] = cells;
  const parts = /^`(\S+) from (\S+)`$/.exec(bundled);
  return {
    package: name.replaceAll('`', ''),
    bundled: parts === null ? null : { name: parts[1] ?? '', entry: parts[2] ?? '' },
    bundleKilobytes: parts === null ? null : numberOf(bundle, name),
    tarballKilobytes: numberOf(tarball, name),
    packages: numberOf(packages, name),
    installedMegabytes: numberOf(installed, name),
  };
}

function numberOf(text: string, row: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`budgets.md, ${row}: expected a number, got ${text}`);
}

/** The rows of each table of a page, without their heads. */
export function tablesOf(page: string): string[][][] {
  return [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );
}

/** The page with its last table renewed: which dependencies have which license. Licenses that nothing has stay allowed. */
export function withLicenses(
  page: string,
  packages: readonly { readonly name: string; readonly license: string }[],
): string {
  const start = page.lastIndexOf('\n| license ');
  const [rows = []] = tablesOf(page.slice(start));
  const table = rows.map(([license = '']) => {
    const names = packages.filter((one) => one.license === license).map(({ name }) => name);
    return `| ${license} | ${[...new Set(names)].sort().join(', ')} |`;
  });
  return `${page.slice(0, start)}\n| license | packages |\n|---|---|\n${table.join('\n')}\n`;
}
