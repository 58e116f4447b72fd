import { describe, expect, test } from 'vitest';
import { exampleReportData } from '../../test/example-report-data.js';
import { renderFigures } from './render-figures.js';

describe('renderFigures', () => {
  test('draws three pictures that stand alone', async () => {
    const figures = await renderFigures(exampleReportData());
    expect(Object.keys(figures)).toEqual(['win-rate-along-epoch', 'kl-along-epoch', 'win-rate-against-kl']);
    for (const svg of Object.values(figures)) {
      expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
      expect(svg.trimEnd().endsWith('</svg>')).toBe(true);
      // Colors are literal, and nothing is loaded.
      expect(svg).not.toMatch(/var\(|href=|<image|<script|NaN|undefined/);
      expect(svg).toMatch(/role="img" aria-label="[^"]+At the end, AIS-DPO: [^"]+; DPO: [^"]+"/);
    }
  });

  test('every evaluation can be hovered', async () => {
    const data = exampleReportData();
    const evaluations = data.methods.reduce((sum, { points }) => sum + points.length, 0);
    const figures = await renderFigures(data);
    for (const svg of Object.values(figures)) {
      const titles = svg.match(/<title>[^<]+<\/title>/g) ?? [];
      expect(titles).toHaveLength(evaluations);
      expect(titles.at(-1)?.replaceAll('\u00a0', ' ')).toBe(
        '<title>DPO, 100 % of the epoch (step 200): win rate 48.4 % (95 % interval 44.1 to 52.8), √KL 9.10, mean length 78.6 tokens</title>',
      );
    }
  });

  test('the same data give the same files', async () => {
    expect(await renderFigures(exampleReportData())).toEqual(await renderFigures(exampleReportData()));
  });

  test('names with markup in them stay text', async () => {
    const data = exampleReportData();
    const methods = data.methods.map((method) => ({ ...method, name: `<script>"${method.name}&` }));
    for (const svg of Object.values(await renderFigures({ ...data, methods }))) {
      expect(svg).not.toContain('<script');
      expect(svg).toContain('&lt;script');
    }
  });

  test('a run that starts after the SFT model begins its curves there', async () => {
    const data = exampleReportData();
    const methods = data.methods.map((method) => ({ ...method, points: method.points.slice(1) }));
    const figures = await renderFigures({ ...data, methods });
    expect(figures['kl-along-epoch'].match(/0\u00a0% of the epoch \(step 0\)/g)).toHaveLength(2);
  });

  test('seven methods, one point each, and a policy that never moved are drawn too', async () => {
    const data = exampleReportData();
    const [first] = data.methods;
    const points = first!.points.slice(0, 1);
    const methods = Array.from({ length: 7 }, (_, index) => ({ ...first!, name: `method ${index}`, points }));
    for (const svg of Object.values(await renderFigures({ ...data, methods })))
      expect(svg).not.toMatch(/NaN/);
  });
});
