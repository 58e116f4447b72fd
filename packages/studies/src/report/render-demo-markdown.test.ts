import { describe, expect, test } from 'vitest';
import { exampleReportData } from '../../test/example-report-data.js';
import { renderDemoMarkdown } from './render-demo-markdown.js';
import { verdict } from './verdict.js';

const data = exampleReportData();
const page = renderDemoMarkdown(data, ['win-rate-along-epoch.svg']);

describe('the page of a demo run', () => {
  test('opens with what the numbers say', () => {
    expect(page.split('\n')[0]).toContain(verdict(data).headline);
    for (const sentence of verdict(data).sentences) expect(page).toContain(sentence);
  });

  test('has one row for each evaluation of each method', () => {
    for (const { name, points } of data.methods) {
      const section = page.split(`### ${name}\n`)[1]?.split(/^##/m)[0] ?? '';
      expect(section.match(/^\| \d+\s?%/gm)).toHaveLength(points.length);
    }
  });

  test('shows the figures and the command that runs it again', () => {
    expect(page).toContain('![win rate along epoch](win-rate-along-epoch.svg)');
    expect(page).toContain(`\`\`\`sh\n${data.command}\n\`\`\``);
  });

  test('keeps a text with table marks in its cell', () => {
    const [sample] = data.samples;
    if (!sample) throw new Error('the example has samples');
    const odd = { ...sample, reference: { text: 'a | b\nc', reward: 1 } };
    expect(renderDemoMarkdown({ ...data, samples: [odd] }, [])).toContain('| reference | a \\| b c | 1.00 |');
  });
});
