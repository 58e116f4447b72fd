/** What a live page shows of a study or of a queue. */
export interface LiveStatus {
  /** Of a study; a queue keeps nothing that is finished. */
  readonly finished?: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  /** Of a queue. */
  readonly workers?: number;
  /** Seconds until the end, of the stages whose time is known. */
  readonly expectedSeconds?: number;
  /** Stages still to be done of whose time nothing is known. */
  readonly unknown?: number;
  readonly stages: readonly LiveStage[];
}

/** A stage on a live page. */
export interface LiveStage {
  readonly title: string;
  readonly state: 'finished' | 'running' | 'waiting' | 'failed';
  readonly progress?: { readonly completed: number; readonly total: number; readonly detail?: string };
  /** Seconds since the attempt began. */
  readonly seconds?: number;
  /** The last lines of its log. */
  readonly log?: readonly string[];
  /** Why its last attempt failed. */
  readonly failure?: string;
}

/** Stages of a kind that a page lists; all are counted. */
const LISTED = 200;

/** What goes to a browser: what runs, what failed, and the last that were finished. */
export function shownStatus({ stages, ...counts }: LiveStatus): LiveStatus {
  const of = (wanted: LiveStage['state']): LiveStage[] => stages.filter(({ state }) => state === wanted);
  const shown = [
    ...of('running').slice(0, LISTED),
    ...of('failed').slice(0, LISTED),
    ...of('finished').slice(-LISTED),
  ];
  const { finished, running, waiting, failed, workers, expectedSeconds, unknown } = counts;
  return {
    running,
    waiting,
    failed,
    ...(finished !== undefined && { finished }),
    ...(workers !== undefined && { workers }),
    ...(expectedSeconds !== undefined && { expectedSeconds }),
    ...(unknown !== undefined && { unknown }),
    stages: shown.map(({ title, state, progress, seconds, log, failure }) => ({
      title,
      state,
      ...(progress && { progress }),
      ...(seconds !== undefined && { seconds }),
      ...(log && { log }),
      ...(failure !== undefined && { failure }),
    })),
  };
}
