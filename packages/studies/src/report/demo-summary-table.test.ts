import { expect, test } from 'vitest';
import { exampleReportData } from '../../test/example-report-data.js';
import { demoSummaryTable } from './demo-summary-table.js';

test('the summary table has a line for each policy, and fits a terminal of 100 columns', () => {
  const lines = demoSummaryTable(exampleReportData()).replaceAll('\u00a0', ' ').split('\n');
  expect(lines).toHaveLength(7);
  expect(lines[3]).toMatch(/SFT +│ +28\.9 % │ +25\.0–32\.8 % │ +│ +│ +0\.00 │ +24\.0/);
  expect(lines[4]).toMatch(
    /AIS-DPO │ +69\.5 % │ +65\.5–73\.5 % │ 69\.5 % │ 100 % of epoch │ +3\.40 │ +44\.4/,
  );
  expect(lines[5]).toMatch(/DPO +│ +48\.4 % │ +44\.1–52\.8 % │ 66\.6 % │ +20 % of epoch │ +9\.10 │ +78\.6/);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colors would be control characters
  expect(lines.join('')).not.toMatch(/\u001b/);
});
