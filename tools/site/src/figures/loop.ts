import { arrow, box, color, drawing, text } from './drawing.js';

/** Direct alignment as a circle: the model answers twice, a judge prefers one answer, the model learns from the pair. */
export function loopFigure(): string {
  return drawing(
    250,
    'A model answers twice, a judge prefers one answer, and the model learns from the pair.',
    [
      box([10, 95], 96, 56, color.weighted),
      text([58, 119], 'model', { anchor: 'middle', weight: 600 }),
      text([58, 138], 'π', { anchor: 'middle', fill: color.muted }),
      text([58, 36], 'a prompt', { anchor: 'middle' }),
      arrow([
        [58, 46],
        [58, 90],
      ]),
      box([150, 46], 140, 52),
      text([220, 68], '“Boil the rice …”', { anchor: 'middle' }),
      text([220, 86], 'one answer', { anchor: 'middle', size: 12, fill: color.muted }),
      box([150, 148], 140, 52),
      text([220, 170], '“It is really easy …”', { anchor: 'middle' }),
      text([220, 188], 'another answer', { anchor: 'middle', size: 12, fill: color.muted }),
      arrow([
        [106, 112],
        [145, 76],
      ]),
      arrow([
        [106, 134],
        [145, 170],
      ]),
      box([336, 95], 130, 56),
      text([401, 119], 'judge', { anchor: 'middle', weight: 600 }),
      text([401, 138], 'people, rules, a model', { anchor: 'middle', size: 11, fill: color.muted }),
      arrow([
        [290, 76],
        [331, 112],
      ]),
      arrow([
        [290, 170],
        [331, 134],
      ]),
      arrow(
        [
          [401, 151],
          [401, 228],
          [58, 228],
          [58, 156],
        ],
        color.weighted,
      ),
      text([230, 221], 'chosen ≻ rejected: learn from the pair', {
        anchor: 'middle',
        size: 12,
        fill: color.weighted,
      }),
    ],
  );
}
