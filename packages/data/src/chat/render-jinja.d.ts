/** Renderings of one template. */
export interface JinjaRequest {
  /** Jinja, as `chat_template` holds it. */
  readonly source: string;
  /** What `strftime_now` takes for today: YYYY-MM-DD. */
  readonly date: string;
  /** The variables of each rendering. */
  readonly renderings: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The texts, in order, or what was wrong with the first that failed: `syntax` and `failed` are the template's own faults,
 * `refused` is its `raise_exception`, and `length`, `time` and `memory` are limits.
 */
export type JinjaAnswer =
  | { readonly texts: readonly string[]; readonly fault?: undefined }
  | {
      readonly fault: 'syntax' | 'failed' | 'refused' | 'length' | 'time' | 'memory';
      readonly detail: string;
    };

export function renderJinja(request: JinjaRequest): JinjaAnswer;
