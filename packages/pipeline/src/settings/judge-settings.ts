import { z } from 'zod';
import {
  count,
  type Fields,
  type FlaggedSetting,
  flaggedSettings,
  headed,
  name,
  setting,
  whole,
} from './setting.js';

/** Seconds that a timer can wait, at most: 24 days. */
const LONGEST_TIMEOUT = 2_147_483;

/** Where answers are kept by default. */
export const USUAL_API_CACHE = 'runs/api-answers.jsonl';

/** How a language model behind an OpenAI-compatible endpoint is asked, whether it judges or writes responses. */
export interface ApiSettings {
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly calls?: number | undefined;
  readonly tokens?: number | undefined;
  readonly cache: string;
  readonly retries: number;
  readonly timeout: number;
  readonly concurrency: number;
}

/** How a language model judges. */
export interface LanguageModelJudgeSettings {
  readonly mode: 'pointwise' | 'pairwise';
  readonly template?: string | undefined;
  readonly system?: string | undefined;
  readonly range: readonly [worst: number, best: number];
  readonly ties: boolean;
  readonly disagreement: 'tie' | 'lean';
  readonly temperature: number;
  readonly maxTokens: number;
  readonly attempts: number;
}

/** Labels that the judge's verdicts are compared with. */
export interface AgreementSettings {
  readonly pairs?: string | undefined;
  readonly limit: number;
}

/** Who judges, and how. */
export interface JudgingSettings {
  readonly api: ApiSettings;
  readonly judge: LanguageModelJudgeSettings;
  readonly agreement: AgreementSettings;
}

export const apiFields: Fields<ApiSettings> = headed('Language model behind an endpoint', {
  parameters: setting(
    z.record(z.string(), z.unknown()).optional(),
    'Further fields of every request, a JSON object: {"reasoning_effort": "low"}. They win over what is sent anyway, and null leaves a field out: {"temperature": null} for models that refuse one.',
    '--api-parameters <json>',
  ),
  calls: setting(
    whole.optional(),
    'Budget: most requests of one command, or of one stage of a study, repeated ones included; answers in the cache cost nothing.',
    '--api-calls <number>',
  ),
  tokens: setting(
    whole.optional(),
    'Budget: most tokens of prompts and answers of one command, or of one stage of a study.',
    '--api-tokens <number>',
  ),
  cache: setting(
    name.default(USUAL_API_CACHE),
    'File that keeps every answer by the content of its request, so that nothing is asked twice.',
    '--api-cache <file>',
  ),
  retries: setting(
    whole.default(5),
    'How often a request that failed for a passing reason is repeated, with growing waits; also of a judge at an address.',
    '--api-retries <number>',
  ),
  timeout: setting(
    z.number().positive().max(LONGEST_TIMEOUT).default(300),
    'Seconds that one request to a language model, or to a judge at an address, may take.',
    '--api-timeout <seconds>',
  ),
  concurrency: setting(count.default(8), 'Requests under way at once.', '--api-concurrency <number>'),
});

export const judgeFields: Fields<LanguageModelJudgeSettings> = headed('Judge', {
  mode: setting(
    z.enum(['pointwise', 'pairwise']).default('pointwise'),
    'How openai:MODEL judges: pointwise (a score for each response) or pairwise (two responses compared, in both orders).',
    '--judge-mode <name>',
  ),
  template: setting(
    name.optional(),
    'File with the prompt for the judge: {{prompt}} and {{response}}, or pairwise {{prompt}}, {{a}}, and {{b}}; {{format}} is where it is told how to answer.',
    '--judge-template <file>',
  ),
  system: setting(name.optional(), 'System message for the judge.', '--judge-system <text>'),
  range: setting(
    z.tuple([z.number(), z.number()]).default([1, 10]),
    'Worst and best score of a pointwise judge.',
  ),
  ties: setting(z.boolean().default(true), 'Whether a pairwise judge may call a tie.'),
  disagreement: setting(
    z.enum(['tie', 'lean']).default('tie'),
    'What two different verdicts of the two orders make: tie, or lean (a win and a tie are a win).',
    '--judge-disagreement <rule>',
  ),
  temperature: setting(z.number().nonnegative().default(0), 'Temperature of the judge.'),
  maxTokens: setting(
    count.default(1024),
    'Longest answer of the judge, in tokens, its reasoning included.',
    '--judge-max-tokens <number>',
  ),
  attempts: setting(
    count.default(3),
    'How often one verdict is asked for before an unreadable one is an error.',
  ),
});

export const agreementFields: Fields<AgreementSettings> = headed('Judge', {
  pairs: setting(
    name.optional(),
    'Held-out pairs with labels, by people or a gold model, that the judge is compared with; by default the held-out ones of --pairs.',
    '--agreement-pairs <name>',
  ),
  limit: setting(count.default(128), 'How many of them are judged, at most.', '--agreement-limit <number>'),
});

/** A group of settings that each have a default, so that the whole group may be left out. */
function group<T>(fields: Fields<T>, help: string): z.ZodType<T> {
  return setting(z.strictObject(fields).prefault({} as never), help) as unknown as z.ZodType<T>;
}

const api = group(
  apiFields,
  'How openai:MODEL is asked. The server and its key are those of OPENAI_BASE_URL and OPENAI_API_KEY, and are written nowhere.',
);
const judge = group(judgeFields, 'How openai:MODEL judges.');
const agreement = group(
  agreementFields,
  'How far the judge agrees with labels, reported beside the win rate.',
);

/** The same settings in every command that judges, and in studies. */
export const judgingFields: Fields<JudgingSettings> = { api, judge, agreement };

/** Their flags, for commands whose other settings are their own. */
export const judgingFlags: readonly FlaggedSetting[] = flaggedSettings(z.strictObject(judgingFields));

/** The judging settings of a caller that gives none. */
export const usualJudging: Pick<JudgingSettings, 'api' | 'judge'> = {
  api: api.parse(undefined),
  judge: judge.parse(undefined),
};

/**
 * Settings without what decides no outcome (of `api`, all but its parameters: budget, cache, patience), and that part, which may change when interrupted work resumes: a budget that is
 * spent is raised then.
 *
 * @example
 * const { decisive, practice } = withoutPractice({ scorer: 'openai:small', api: { parameters: {}, calls: 100 } });
 * console.log(decisive.api, practice.api); // { parameters: {} } { calls: 100 }
 */
export function withoutPractice<Settings extends object>(
  settings: Settings & { readonly api?: ApiSettings | undefined },
): { readonly decisive: Settings; readonly practice: { readonly api?: Partial<ApiSettings> } } {
  const { api: whole, ...rest } = settings;
  if (!whole) return { decisive: settings, practice: {} };
  const { parameters, ...others } = whole;
  const own = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return {
    decisive: { ...rest, ...(parameters && { api: { parameters } }) } as Settings,
    practice: { api: own },
  };
}
