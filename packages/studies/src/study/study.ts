import type { Layer } from '@ais/pipeline/settings';
import type { NamedChart } from '../charts/named-chart.js';
import type { StudyClaim } from '../claims/study-claim.js';
import type { ExactStudyData, MixtureStudyData, PolicyStudyData, StudyScale } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import type { StudySweep } from '../measures/study-lines.js';
import type { ExactStudySettings } from '../settings/exact-settings.js';

interface StudyFacts {
  /** What the study is called on the command line, and its folder. */
  readonly name: string;
  /** What it asks, for headings. */
  readonly title: string;
  /** What is above the title, such as `Figure 3`. */
  readonly kicker?: string;
  /** Whose claims they are, such as `The paper`. */
  readonly claimant?: string;
}

/** What a study draws, from its finished runs. */
export type DrawStudy = (study: PolicyStudyData, sweeps: readonly StudySweep[]) => readonly NamedChart[];

/** A study that trains policies. */
export interface PolicyStudy extends StudyFacts {
  readonly runs: readonly StudyRunSettings[];
  readonly charts: DrawStudy;
  readonly claims: readonly StudyClaim[];
  /** Settings over those of the scale. */
  readonly settings?: Layer;
  /** The file that it was read from; built-in studies have none. */
  readonly file?: string;
  /** Whether responses are shown of two evaluations along each run too, not only of its end. */
  readonly showsSamplesAlong?: boolean;
  /** Whether each pair's weight at the end of training is part of the study's data. */
  readonly keepsWeights?: boolean;
}

/** A study whose data are computed at once, without training anything. */
export interface ComputedStudy extends StudyFacts {
  readonly compute: (settings: {
    readonly seed: number;
    readonly pairs: number;
  }) => MixtureStudyData['mixture'];
  readonly charts: (study: MixtureStudyData) => readonly NamedChart[];
  readonly claims: readonly StudyClaim<MixtureStudyData>[];
}

/** A table of a study's report: its title, columns, and rows as text. */
export interface StudyTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A study of policies that are small enough to enumerate all their responses. */
export interface ExactStudy extends StudyFacts {
  /** Its settings at a scale. */
  readonly preset: (scale: StudyScale) => Omit<ExactStudySettings, 'study' | 'scale'>;
  readonly charts: (study: ExactStudyData) => readonly NamedChart[];
  readonly claims: readonly StudyClaim<ExactStudyData>[];
  readonly tables: (study: ExactStudyData) => readonly StudyTable[];
}

/** A study of whatever kind: of policies on text, computed in a moment, or by enumeration. */
export type Study = PolicyStudy | ComputedStudy | ExactStudy;

/** Whether a study trains policies on text. */
export function trainsPolicies(study: Study): study is PolicyStudy {
  return 'runs' in study;
}

/** Whether a study enumerates responses. */
export function isExact(study: Study): study is ExactStudy {
  return 'preset' in study;
}

/** Whether a study trains nothing. */
export function isComputed(study: Study): study is ComputedStudy {
  return 'compute' in study;
}
