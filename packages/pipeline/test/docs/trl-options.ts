import { wpo } from '@ais/objectives';
import {
  alphaDivergence,
  type FDivergence,
  fDivergenceDpo,
  forwardKl,
  jensenShannon,
  reverseKl,
} from '@ais/objectives/contrib';
import { chooseObjective } from '../../src/registries/objectives.js';
import type { ObjectiveSettings } from '../../src/settings/objective-settings.js';

/** An option of TRL 1.16 that decides a loss, what to write here, and the golden values that tell how far they agree. */
export interface TrlOption {
  /** TRL's class and its arguments, as one would write them there. */
  readonly trainer: 'DPOConfig' | 'CPOConfig' | 'ORPOConfig' | 'KTOConfig' | 'RLOOConfig' | 'GRPOConfig';
  readonly trl: string;
  /** What the source of the golden values says. */
  readonly source: RegExp;
  /** Settings of `ais train`, or code where a command has no name for it. */
  readonly settings?: Partial<ObjectiveSettings> & { readonly objective: string };
  readonly code?: string;
  /** The objective of the code; that of the settings is made by the registry of the commands. */
  readonly make?: (options: Readonly<Record<string, unknown>>) => Evaluated;
  /** Significant digits in which losses and gradients agree, of the largest in the batch. */
  readonly digits: number;
  readonly note?: string;
}

/** What golden values need of an objective. */
export interface Evaluated {
  evaluate(batch: never): { readonly losses: unknown };
}

const dpo = (loss: string): RegExp =>
  new RegExp(`^TRL 1\\.16\\.0, DPOTrainer\\._compute_loss\\(loss_type='${loss}', beta`);
const divergence = (name: string): RegExp => new RegExp(`DPOTrainer.*f_divergence='${name}'`);
const divergent =
  (make: (alpha: number) => FDivergence) =>
  ({ beta, alpha }: Readonly<Record<string, unknown>>): Evaluated =>
    fDivergenceDpo({ beta: beta as number, divergence: make(alpha as number) }) as Evaluated;

/** In the order of TRL's documentation. */
const options: readonly (Omit<TrlOption, 'digits'> & Partial<Pick<TrlOption, 'digits'>>)[] = [
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid']",
    source: /'sigmoid', beta=0\.1\)$/,
    settings: { objective: 'dpo' },
    note: '`label_smoothing` has no effect there; here `labelSmoothing` makes it conservative DPO',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['hinge']",
    source: dpo('hinge'),
    settings: { objective: 'slic' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['ipo']",
    source: dpo('ipo'),
    settings: { objective: 'ipo', objectiveOptions: { lengthNormalized: true } },
    note: 'the authors’ code has sums, which are the default here',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['exo_pair'], label_smoothing=1e-3",
    source: dpo('exo_pair'),
    settings: { objective: 'exo-pair', objectiveOptions: { labelSmoothing: 0.001 } },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['nca_pair']",
    source: dpo('nca_pair'),
    settings: { objective: 'nca-pair' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['robust'], label_smoothing=0.2",
    source: dpo('robust'),
    settings: { objective: 'robust-dpo', objectiveOptions: { labelSmoothing: 0.2 } },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['bco_pair']",
    source: dpo('bco_pair'),
    settings: { objective: 'bco-pair' },
    note: 'δ = 0, as in TRL',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sppo_hard']",
    source: dpo('sppo_hard'),
    settings: { objective: 'sppo-hard' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['aot'], label_smoothing=0.1",
    source: dpo('aot'),
    settings: { objective: 'aot', objectiveOptions: { labelSmoothing: 0.1 } },
    note: 'needs `microBatchSize` = `batchSize`',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['aot_unpaired']",
    source: /'aot_unpaired', beta=0\.2\)/,
    settings: { objective: 'aot-unpaired' },
    note: 'needs `microBatchSize` = `batchSize`',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['apo_zero']",
    source: dpo('apo_zero'),
    settings: { objective: 'apo-zero' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['apo_down']",
    source: dpo('apo_down'),
    settings: { objective: 'apo-down' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['discopop'], discopop_tau=0.05",
    source: dpo('discopop'),
    settings: { objective: 'disco-pop', objectiveOptions: { temperature: 0.05 } },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sft']",
    source: /'sft', beta=1\.0\)$/,
    settings: { objective: 'chosen-sft' },
    note: 'a mean per response, as in TRL with one pair at a time; `ais sft` averages over tokens',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid_norm']",
    source: dpo('sigmoid_norm'),
    settings: { objective: 'length-normalized-dpo' },
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid', 'sft'], loss_weights=[1, 0.5]",
    source: /loss_type=\['sigmoid', 'sft'\], loss_weights=\[1\.0, 0\.5\]/,
    settings: { objective: 'rpo', objectiveOptions: { eta: 5, average: 'batch' } },
    note: 'RPO, formerly `rpo_alpha`, which TRL 1.16 no longer has; η = 0.5/β',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid', 'bco_pair', 'sft'], loss_weights=[0.8, 0.2, 1]",
    source: /loss_type=\['sigmoid', 'bco_pair', 'sft'\]/,
    settings: { objective: 'weighted-sum', objectiveOptions: { dpo: 0.8, 'bco-pair': 0.2, 'chosen-sft': 1 } },
    note: 'MPO; any objectives over pairs, with their weights',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid'], use_weighting=True",
    source: /use_weighting=True/,
    code: 'wpo({ beta, clip: Infinity })',
    make: ({ beta }) => wpo({ beta: beta as number, clip: Number.POSITIVE_INFINITY }) as Evaluated,
    note: 'the authors bound the weight by 1, which is the default here: `objective: wpo`',
  },
  {
    trainer: 'DPOConfig',
    trl: "loss_type=['sigmoid'], ld_alpha=0.5",
    source: /ld_alpha=0\.5/,
    settings: { objective: 'ld-dpo', objectiveOptions: { alpha: 0.5 } },
  },
  {
    trainer: 'DPOConfig',
    trl: "f_divergence_type='reverse_kl'",
    source: divergence('reverse_kl'),
    code: 'fDivergenceDpo({ beta, divergence: reverseKl() })',
    make: divergent(reverseKl),
    note: 'the default, which is `dpo`',
  },
  {
    trainer: 'DPOConfig',
    trl: "f_divergence_type='forward_kl'",
    source: divergence('forward_kl'),
    code: 'fDivergenceDpo({ beta, divergence: forwardKl() })',
    make: divergent(forwardKl),
  },
  {
    trainer: 'DPOConfig',
    trl: "f_divergence_type='js_divergence'",
    source: divergence('js_divergence'),
    code: 'fDivergenceDpo({ beta, divergence: jensenShannon() })',
    make: divergent(jensenShannon),
  },
  {
    trainer: 'DPOConfig',
    trl: "f_divergence_type='alpha_divergence', f_alpha_divergence_coef=0.5",
    digits: 5,
    source: divergence('alpha_divergence'),
    code: 'fDivergenceDpo({ beta, divergence: alphaDivergence(0.5) })',
    make: divergent(alphaDivergence),
  },
  {
    trainer: 'CPOConfig',
    trl: "loss_type='sigmoid'",
    source: /'sigmoid', cpo_alpha=1\.0/,
    settings: { objective: 'cpo' },
  },
  {
    trainer: 'CPOConfig',
    trl: "loss_type='sigmoid', cpo_alpha=0.25",
    source: /cpo_alpha=0\.25/,
    settings: { objective: 'cpo', objectiveOptions: { sftWeight: 0.25 } },
  },
  {
    trainer: 'CPOConfig',
    trl: "loss_type='simpo', cpo_alpha=0, simpo_gamma=0.5",
    source: /'simpo', cpo_alpha=0\.0, alpha=0\.0, label_smoothing=0\.0, beta=2\.0/,
    settings: { objective: 'simpo', objectiveOptions: { gamma: 0.5 } },
  },
  {
    trainer: 'CPOConfig',
    trl: "loss_type='alphapo', alpha=0.25, simpo_gamma=0.5",
    source: /'simpo', cpo_alpha=0\.0, alpha=0\.25/,
    settings: { objective: 'alpha-po', objectiveOptions: { alpha: 0.25, gamma: 0.5 } },
  },
  {
    trainer: 'ORPOConfig',
    trl: 'beta=0.1',
    source: /ORPOTrainer.*beta=0\.1\)/,
    settings: { objective: 'orpo' },
    note: 'its β is λ',
  },
  {
    trainer: 'KTOConfig',
    trl: 'desirable_weight=1.5, undesirable_weight=0.5',
    source: /KTOTrainer.*desirable_weight=1\.5/,
    settings: { objective: 'kto', objectiveOptions: { desirableWeight: 1.5, undesirableWeight: 0.5 } },
  },
  {
    trainer: 'RLOOConfig',
    trl: 'beta=0.05, num_generations=2',
    source: /num_generations=2/,
    settings: { objective: 'rloo' },
    note: '`samples: 2`; on fresh samples of one update, where TRL’s clipping does nothing',
  },
  {
    trainer: 'GRPOConfig',
    trl: "loss_type='grpo', importance_sampling_level='sequence', epsilon=0.2, epsilon_high=0.25",
    source: /loss_type='grpo'.*epsilon_low=0\.2/,
    settings: { objective: 'gspo', objectiveOptions: { lower: 0.2, upper: 0.25 } },
    note: 'GSPO; its authors’ bounds are the defaults here',
  },
  {
    trainer: 'GRPOConfig',
    trl: "loss_type='luspo', importance_sampling_level='sequence', epsilon=0.1, epsilon_high=0.05",
    source: /loss_type='luspo'/,
    settings: { objective: 'luspo', objectiveOptions: { lower: 0.1, upper: 0.05 } },
  },
  {
    trainer: 'GRPOConfig',
    trl: "loss_type='cispo', epsilon_high=5",
    source: /loss_type='cispo'.*epsilon_high=5/,
    settings: { objective: 'cispo', objectiveOptions: { upper: 5 } },
  },
];

/** The options; they agree to 6 digits where they say nothing else. */
export const trlOptions: readonly TrlOption[] = options.map((option) => ({ digits: 6, ...option }));

/** TRL's options that decide no loss by themselves, or have no like. */
export const otherOptions: readonly (readonly [option: string, here: string])[] = [
  ['`beta`', '`beta`, 0.05 by default (0.1 in TRL)'],
  ['`sync_ref_model`, `ref_model_sync_steps`, `ref_model_mixup_alpha`', '`referenceSync: { every, mixup }`'],
  ['`num_iterations`', '`training.iterations` (`--iterations`): updates on the same samples'],
  [
    '`vllm_importance_sampling_mode`, `vllm_importance_sampling_clip_min`, `vllm_importance_sampling_clip_max`',
    'of pairs, `importance.clipResponses` for `sequence_*`, and `importance.clipTokens` with `level: token` for `token_*`; `outside: mask` for `*_mask`. Bounds are logarithms',
  ],
  [
    "`loss_type='vespo'`, `vespo_k_pos`, `vespo_lambda_pos`, `vespo_k_neg`, `vespo_lambda_neg`",
    'of pairs, `importance: { smoothing: 1, vespo: { chosen: { k, lambda }, rejected: { k, lambda } } }`, whose defaults are TRL’s; a loss over samples, no',
  ],
  ['`precompute_ref_log_probs`', 'always: the reference is computed once, and kept in the run’s folder'],
  [
    '`rpo_alpha`, `reference_free`',
    'gone from TRL 1.16, too: `rpo`; `cpo`, `simpo`, or `orpo`, which read no reference',
  ],
  ['`disable_dropout`', 'there is no dropout'],
  ['`max_length`', '`data.maxPromptTokens` and `data.maxResponseTokens`'],
  ['`padding_free`', 'batches are packed, so that padding costs nothing'],
  [
    'no option',
    '`importance`: adaptive importance weights on any of these, see [importance weights](../importance-weights.md)',
  ],
];

/** The objective of an option, as the commands make it from their settings, with the options of the golden values. */
export async function objectiveOf(
  { settings, make }: TrlOption,
  { beta = 0, lambda, ...rest }: Readonly<Record<string, unknown>>,
): Promise<Evaluated> {
  if (make) return make({ beta, ...rest });
  const chosen = await chooseObjective({
    objective: settings?.objective ?? '',
    objectiveOptions: settings?.objectiveOptions ?? {},
    beta: (lambda ?? beta) as number,
    importance: 'none',
  });
  return chosen.objective as Evaluated;
}

/** The page of the table. */
export function trlPage(versions: Readonly<Record<string, string>>): string {
  const rows = trlOptions.map(
    ({ trainer, trl, settings, code, digits, note = '' }) =>
      `| \`${trainer}(${trl})\` | \`${code ?? written(settings)}\` | ${digits} | ${note} |`,
  );
  return `# From TRL's options

What to write here for what you wrote in TRL ${versions['trl']}. Settings go into a settings file, or \`--objective\` and \`--beta\` on the command
line; code is for \`@ais/objectives\` and \`@ais/objectives/contrib\`, and for \`ais train --objective ./mine.js\`. The last but one column has to how
many significant digits losses and gradients agree with those that TRL's own trainer computes (torch ${versions['torch']}, float64), at least, in float32
on each back end; a test compares them at every change. Whole training runs agree as well: \`npx -y pnpm check:trl\` compares 50 updates with TRL's,
for 24 of these losses.

| TRL | here | digits | note |
|---|---|---|---|
${rows.join('\n')}

Other options:

| TRL | here |
|---|---|
${otherOptions.map(([option, here]) => `| ${option} | ${here} |`).join('\n')}

Generated from \`packages/pipeline/test/docs/trl-options.ts\`.
`;
}

/** Settings as one line of YAML. */
function written(settings: TrlOption['settings']): string {
  const { objective, objectiveOptions } = settings ?? { objective: '' };
  if (!objectiveOptions) return `objective: ${objective}`;
  const options = Object.entries(objectiveOptions).map(([name, value]) => `${name}: ${value}`);
  return `{ objective: ${objective}, objectiveOptions: { ${options.join(', ')} } }`;
}
