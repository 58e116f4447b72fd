import { describe, expect, test } from 'vitest';
import { exampleReportData } from '../../test/example-report-data.js';
import { renderDemoReport } from './render-demo-report.js';

describe('renderDemoReport', () => {
  test('is one page that loads nothing', async () => {
    const page = await renderDemoReport(exampleReportData());
    expect(page.startsWith('<!doctype html>\n<html lang="en">')).toBe(true);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<iframe|<img|@import|url\((?!#)|(?:src|href)="(?!data:,)/);
    expect(page).not.toMatch(/NaN|undefined|\[object/);
  });

  test('shows the verdict, every method, sample, setting, stage, version and the command', async () => {
    const data = exampleReportData();
    const page = (await renderDemoReport(data)).replaceAll('\u00a0', ' ');
    expect(page).toContain('<h2 id="verdict">AIS-DPO ended higher than DPO</h2>');
    for (const { name } of [...data.methods, ...data.stages]) expect(page).toContain(name);
    for (const name of [...Object.keys(data.settings), ...Object.keys(data.versions)])
      expect(page).toContain(name);
    expect(page).toContain('<code>npx -y pnpm demo --seed 1</code>');
    expect(page).toContain('gold reward −1.05 · ▼ loses to the reference');
    expect(page).toContain('gold reward 1.37 · ▲ beats the reference');
    expect(page.match(/<figure /g)).toHaveLength(3);
  });

  test('what models and corpora write cannot break out of the page', async () => {
    const data = exampleReportData();
    const evil = '</p><script>alert(1)</script><img src=x onerror=alert(1)>" style="';
    const samples = [
      { prompt: evil, reference: { text: evil }, responses: [{ method: evil, text: evil, reward: 0 }] },
    ];
    const page = await renderDemoReport({
      ...data,
      samples,
      command: evil,
      settings: { [evil]: evil },
      source: evil,
    });
    expect(page).not.toMatch(/<script|<img/);
  });

  test('shows an empty response as such', async () => {
    const data = exampleReportData();
    const samples = [
      {
        prompt: 'a',
        reference: { text: 'b', reward: 0.5 },
        responses: [{ method: 'DPO', text: ' ', reward: 0.5 }],
      },
    ];
    const page = await renderDemoReport({ ...data, samples });
    expect(page).toContain('(empty)');
    expect(page).toContain('= ties with the reference');
  });

  test('the same data give the same page', async () => {
    expect(await renderDemoReport(exampleReportData())).toBe(await renderDemoReport(exampleReportData()));
  });

  test('a report without the SFT model, samples or stages is a report still', async () => {
    const { sft: _, ...data } = exampleReportData();
    const page = await renderDemoReport({ ...data, samples: [], stages: [] });
    expect(page).not.toContain('Samples side by side');
    expect(page).not.toMatch(/NaN|undefined/);
  });
});
