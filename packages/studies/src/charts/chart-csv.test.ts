import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import { viewStudies } from '../study-report/study-view.js';
import { chartCsv } from './chart-csv.js';

test('a figure’s table has a row for each point that it draws, with labels where the axis has them', () => {
  for (const { chart, name } of viewStudies([examplePolicyStudy('fig12', { prompts: 40, evaluations: 3 })])[0]
    ?.charts ?? []) {
    const [head, ...rows] = chartCsv(chart).trimEnd().split('\n');
    expect(head, name).toBe('method,x,x_low,x_high,y,y_low,y_high');
    expect(rows, name).toHaveLength(chart.methods.reduce((sum, { points }) => sum + points.length, 0));
    const [first] = chart.methods;
    const { x, y } = first!.points[0]!;
    const cells = rows[0]!.split(',');
    expect([cells[0], cells[1], cells[4]], name).toEqual([
      first!.name,
      String(chart.xLabels?.[x]?.replace('\n', ' ') ?? x),
      String(chart.yLabels?.[y]?.replace('\n', ' ') ?? y),
    ]);
  }
});
