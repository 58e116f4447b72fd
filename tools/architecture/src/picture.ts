import { inOrder, type PackageGraph, withoutImplied } from './package-graph.js';

/** The packages as a Mermaid graph, which GitHub draws: what imports is above what it imports. */
export function picture(graph: PackageGraph): string {
  const drawn = withoutImplied(graph);
  const order = inOrder(graph).reverse();
  const boxes = order.map((name) => `  ${name}["@ais/${name}"]`);
  const arrows = order.flatMap((name) => [...(drawn.get(name) ?? [])].map((used) => `  ${name} --> ${used}`));
  return ['```mermaid', 'flowchart TD', ...boxes, ...arrows, '```'].join('\n');
}

/** What each package is and imports, one per line. */
export function packageTable(graph: PackageGraph, descriptions: Readonly<Record<string, string>>): string {
  const rows = inOrder(graph).map((name) => {
    const uses = [...(graph.get(name) ?? [])].join(', ') || '–';
    return `| [\`@ais/${name}\`](packages/${name}) | ${descriptions[name] ?? ''} | ${uses} |`;
  });
  return ['| package | what it is | imports |', '|---|---|---|', ...rows].join('\n');
}
