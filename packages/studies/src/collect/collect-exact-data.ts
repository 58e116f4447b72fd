import type { StageStore } from '@ais/workflow';
import type { ExactStudyData, StudyStage } from '../data/study-data.js';
import { type ExactRow, exactTable } from '../exact/exact-row.js';
import { planExact } from '../plan/exact-plan.js';
import { type ExactStudySettings, firstSeedOf } from '../settings/exact-settings.js';
import { flattenSettings } from './reported-evaluations.js';

/** Reads the study's data from the store; worlds that are not finished are left out. Nothing if none is finished. */
export async function collectExactData(
  settings: ExactStudySettings,
  store: StageStore,
  command: string,
  versions: Readonly<Record<string, string>>,
): Promise<ExactStudyData | undefined> {
  const { study, scale, seeds, looks, exact } = settings;
  const rows: ExactRow[] = [];
  const stages: StudyStage[] = [];
  for (const { part, factors, stage } of planExact(settings)) {
    const record = await store.read(stage);
    if (!record) continue;
    stages.push({ kind: record.kind, key: record.key, seconds: record.seconds });
    rows.push(...record.result.findings.map((finding) => ({ part, ...factors, ...finding })));
  }
  if (rows.length === 0) return undefined;
  return {
    study,
    scale,
    seeds: seeds.map((_, place) => firstSeedOf(settings) + place),
    command,
    backend: 'cpu',
    versions,
    settings: flattenSettings({ ...exact, ...(looks && { looks: looks.join(', ') }) }),
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0),
    stages,
    base: exact.base,
    exact: exactTable(rows),
  };
}
