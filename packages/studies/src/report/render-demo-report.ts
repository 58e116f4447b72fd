import type { DemoReportData } from './demo-report-data.js';
import { lastPoint, peakPoint } from './demo-summary-table.js';
import { html } from './markup.js';
import { decimal, percent } from './number-format.js';

/**
 * The report of a demo run as one self-contained HTML page.
 *
 * @param data what the run measured
 * @returns the page; it loads nothing and needs no script
 */
export async function renderDemoReport(data: DemoReportData): Promise<string> {
  const page = html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>AIS demo</title></head>
<body>
<h1>Preference optimization with adaptive importance weights</h1>
<table>
<tr><th>method</th><th>win rate at end</th><th>peak</th><th>√KL at end</th></tr>
${data.methods.map(({ name, points }) => {
  const last = lastPoint(points);
  return html`<tr><td>${name}</td><td>${percent(last.winRate.rate)}</td><td>${percent(peakPoint(points).winRate.rate)}</td>
<td>${decimal(Math.sqrt(Math.max(0, last.kl.mean)))}</td></tr>`;
})}
</table>
<pre>${data.command}</pre>
</body>
</html>`;
  return page.markup;
}
