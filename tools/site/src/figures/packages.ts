import { arrow, box, color, drawing, type Point, text } from './drawing.js';

/** Where each package is drawn: its middle. A new package needs a place. */
const places: Readonly<Record<string, Point>> = {
  cli: [240, 30],
  studies: [240, 90],
  pipeline: [240, 150],
  workflow: [436, 150],
  distributed: [60, 150],
  trainer: [240, 210],
  'gold-eval': [48, 275],
  kl: [90, 335],
  objectives: [180, 375],
  data: [280, 350],
  'language-model': [336, 275],
  runtime: [436, 400],
};

/** Half a box, with some room around it. */
const halfOf = (name: string): Point => [name === 'language-model' ? 58 : 44, 17];

/** The packages and who imports whom, from the flowchart of ARCHITECTURE.md. */
export function packagesFigure(architecture: string): string {
  const names = [...architecture.matchAll(/^ {2}([\w-]+)\["@ais\/[\w-]+"\]$/gm)].map(([, name = '']) => name);
  const edges = [...architecture.matchAll(/^ {2}([\w-]+) --> ([\w-]+)$/gm)].map(
    ([, from = '', to = '']) => [from, to] as const,
  );
  const placeOf = (name: string): Point => {
    const place = places[name];
    if (place === undefined)
      throw new Error(`The drawing of the packages has no place for ${name}: give it one.`);
    return place;
  };
  return drawing(430, 'The packages: each imports only those that its arrows lead to.', [
    ...edges.map(([from, to]) =>
      arrow([border(from, placeOf(from), placeOf(to)), border(to, placeOf(to), placeOf(from))]),
    ),
    ...names.flatMap((name) => {
      const [x, y] = placeOf(name);
      const [width] = halfOf(name);
      return [
        box([x - width + 2, y - 15], 2 * width - 4, 30, color.weighted),
        text([x, y + 4], name, { anchor: 'middle', size: 13 }),
      ];
    }),
  ]);
}

/** Where the way from a box's middle to another point leaves the box. */
function border(name: string, [x, y]: Point, [toX, toY]: Point): Point {
  const [width, height] = halfOf(name);
  const share = Math.min(width / Math.abs(toX - x), height / Math.abs(toY - y));
  return [x + share * (toX - x), y + share * (toY - y)];
}
