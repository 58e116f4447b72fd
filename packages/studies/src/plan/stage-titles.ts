import { type StageKind, type StageSpec, stagesInOrder } from '@ais/workflow';
import type { PreferenceData } from '../data/study-data.js';
import type { PairsStageSettings } from '../stages/pairs-stage.js';
import type { StageName } from '../stages/stage-kinds.js';
import { type PlannedWorld, worldTitle } from './exact-plan.js';
import type { StudyPlan } from './study-plan.js';

/** What stages are called in progress and messages. */
export interface NamedStages {
  readonly title: (stage: StageSpec) => string;
  /** What tells stages of one title apart. */
  readonly suffix: (stage: StageSpec) => string;
}

const titles: Readonly<Record<string, string>> = {
  corpus: 'corpus',
  sft: 'SFT',
  gold: 'gold reward model',
  judge: 'judge',
  start: 'responses of the start',
  baseline: 'evaluation of the start',
  pairs: 'pairs',
  shift: 'shifted policies',
  preference: 'preference',
  proxy: 'proxy reward model',
  online: 'online',
  prose: 'prose',
  exact: 'exact',
} satisfies Record<StageName, string>;

/** Which data set pairs are: that of the samples of a checkpoint, or of the text's own responses. */
function pairSet({ checkpoint, references = false }: Partial<PairsStageSettings>): PreferenceData {
  if (references) return 'D0';
  return checkpoint === undefined ? 'D1' : ({ early: 'D2', late: 'D3' } as const)[checkpoint];
}

/** Names all stages of some plans: runs by their method, β, data and seed, the others by what they are and their seed; worlds by their factors. */
export function nameStages(plans: readonly StudyPlan[], worlds: readonly PlannedWorld[] = []): NamedStages {
  const named = new Map<string, { readonly title: string; readonly suffix: string }>();
  for (const { run, seed, stage, prose } of plans.flatMap(({ runs }) => runs)) {
    const { method, beta, data } = run;
    const suffix = `, β ${beta}, ${data}, seed ${seed}`;
    named.set(stage.key, { title: method.title, suffix });
    if (prose) named.set(prose.key, { title: `prose of ${method.title}`, suffix });
    const needed = stagesInOrder(Object.values(stage.needs));
    const bases = new Set(
      needed.flatMap(({ needs: { base, policy } }) => (base && base !== policy ? [base.key] : [])),
    );
    for (const { key, kind, settings } of needed) {
      if (named.has(key)) continue;
      const own = settings as Partial<PairsStageSettings>;
      const set = kind.name === 'pairs' ? `, ${pairSet(own)}` : '';
      const title = bases.has(key) ? 'SFT of the gold model' : kindTitle(kind);
      // The set is told apart too: those of one seed may be sampled at once.
      named.set(key, { title, suffix: own.seed === undefined ? '' : `${set}, seed ${own.seed}` });
    }
  }
  for (const { factors, part, stage } of worlds)
    named.set(stage.key, { title: `exact, ${part}`, suffix: `, ${worldTitle(factors)}` });
  return {
    title: ({ key, kind }) => named.get(key)?.title ?? kindTitle(kind),
    suffix: ({ key }) => named.get(key)?.suffix ?? '',
  };
}

function kindTitle({ name }: StageKind): string {
  return titles[name] ?? name;
}
