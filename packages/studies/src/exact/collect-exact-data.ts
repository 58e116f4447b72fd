import type { StageStore } from '@ais/workflow';
import { flattenSettings } from '../collect/reported-evaluations.js';
import type { ExactStudyData } from '../data/study-data.js';
import { planExact } from './exact-plan.js';
import { type ExactRow, exactTable } from './exact-row.js';
import type { ExactStudySettings } from './exact-settings.js';

/** Reads the study's data from the store; worlds that are not finished are left out. Nothing if none is finished. */
export async function collectExactData(
  settings: ExactStudySettings,
  store: StageStore,
  command: string,
  versions: Readonly<Record<string, string>>,
): Promise<ExactStudyData | undefined> {
  const { study, scale, seeds, looks, exact } = settings;
  const rows: ExactRow[] = [];
  let seconds = 0;
  for (const { part, factors, stage } of planExact(settings)) {
    const record = await store.read(stage);
    if (!record) continue;
    seconds += record.seconds;
    rows.push(...record.result.findings.map((finding) => ({ part, ...factors, ...finding })));
  }
  if (rows.length === 0) return undefined;
  return {
    study,
    scale,
    seeds,
    command,
    backend: 'cpu',
    versions,
    settings: flattenSettings({ ...exact, ...(looks && { looks: looks.join(', ') }) }),
    seconds,
    base: exact.base,
    exact: exactTable(rows),
  };
}
