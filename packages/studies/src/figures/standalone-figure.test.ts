import { expect, test } from 'vitest';
import type { MethodChart } from './method-chart.js';
import { renderStandaloneFigure } from './standalone-figure.js';

/** Names that leave the text of an element, or of an attribute, wherever one of them is not escaped. */
const hostile = [
  '<script>alert(1)</script>',
  '"><image href="https://example.com/x.png"/>',
  "' onload='alert(1)",
  ']]><foreignObject/>',
  '</title><a href="javascript:alert(1)">',
  '&lt;b&gt; & \u0000\u001b[31m',
];

/** Elements that a chart is drawn with: none of them loads or runs anything. */
const DRAWING = /^(svg|g|path|text|title|rect|line|circle|defs|clipPath)$/;

/** The elements of a text that must be XML, each with its attributes; what an attribute holds is not looked into. */
function elements(xml: string): { readonly name: string; readonly attributes: readonly string[] }[] {
  const tag = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/g;
  const open: string[] = [];
  const found = [...xml.matchAll(tag)].map(([, closing, name = '', attributes = '', empty]) => {
    if (closing) expect(open.pop()).toBe(name);
    else if (!empty) open.push(name);
    return {
      name,
      attributes: [...attributes.matchAll(/([\w:-]+)="[^"]*"/g)].map(([, attribute = '']) => attribute),
    };
  });
  expect(open).toEqual([]);
  expect(xml.replace(tag, '').match(/[<>]|&(?!(?:amp|lt|gt|quot|apos|#\d+);)/g)).toBeNull();
  return found;
}

test.each(hostile)('a name such as %j stays text wherever a chart shows it', async (text) => {
  const point = (x: number): MethodChart['methods'][number]['points'][number] => ({
    x,
    y: x,
    low: x - 0.1,
    high: x + 0.1,
    end: x === 1,
    description: `${text}: ${x}`,
  });
  const svg = await renderStandaloneFigure('chart', {
    title: text,
    xTitle: text,
    yTitle: text,
    description: text,
    xFormat: '.1f',
    yFormat: '.1f',
    xDomain: [0, 1],
    yDomain: [0, 1],
    interval: 'bars',
    xLabels: [text, 'other'],
    level: { y: 0.5, name: text, description: text },
    methods: [
      { name: text, points: [point(0), point(1)] },
      { name: 'DPO', points: [point(0), point(1)] },
    ],
  });
  const found = elements(svg);
  expect(found.length).toBeGreaterThan(20);
  for (const { name, attributes } of found) {
    expect(name).toMatch(DRAWING);
    expect(attributes.filter((attribute) => /^on|href|^style$/i.test(attribute))).toEqual([]);
  }
});
