/** Which packages each package imports, by their names. */
export type PackageGraph = ReadonlyMap<string, ReadonlySet<string>>;

/** What is read of what dependency-cruiser prints with `--collapse '^packages/[^/]+' --output-type json`. */
export interface CruiseOutput {
  readonly modules: readonly {
    /** Such as `packages/kl`. */
    readonly source: string;
    readonly dependencies: readonly { readonly resolved: string }[];
  }[];
}

/** The packages that imports were found in, and what they import. */
export function packageGraph({ modules }: CruiseOutput): PackageGraph {
  const nameOf = (path: string): string => path.replace(/^packages\//, '');
  return new Map(
    modules.map(({ source, dependencies }) => [
      nameOf(source),
      new Set(dependencies.map(({ resolved }) => nameOf(resolved)).sort()),
    ]),
  );
}

/** The packages, none before what it imports; those of one height by name. */
export function inOrder(graph: PackageGraph): string[] {
  const heights = new Map<string, number>();
  const height = (name: string): number => {
    const known = heights.get(name);
    if (known !== undefined) return known;
    const found = 1 + Math.max(-1, ...[...(graph.get(name) ?? [])].map(height));
    heights.set(name, found);
    return found;
  };
  return [...graph.keys()].sort((a, b) => height(a) - height(b) || (a < b ? -1 : 1));
}

/** The same without the imports that follow from others: of a → b → c and a → c, the last is left out. */
export function withoutImplied(graph: PackageGraph): PackageGraph {
  const reach = (name: string): string[] =>
    [...(graph.get(name) ?? [])].flatMap((used) => [used, ...reach(used)]);
  return new Map(
    [...graph].map(([name, uses]) => {
      const implied = new Set([...uses].flatMap(reach));
      return [name, new Set([...uses].filter((used) => !implied.has(used)))];
    }),
  );
}
