/** A paper, and a command that runs what it proposes at the smallest scale. */
export interface Paper {
  readonly paper: string;
  readonly arxiv: string;
  /** The words after `ais`. */
  readonly command: string;
  /** The page of docs/objectives, or another one from there. */
  readonly page: string;
}

const train = (options: string): string => `train --preset tiny --source synthetic --objective ${options}`;

const row = (paper: string, arxiv: string, options: string, page: string): Paper => ({
  paper,
  arxiv,
  command: train(options),
  page: `${page}.md`,
});

/** By year. */
export const papers: readonly Paper[] = [
  {
    paper: 'Stiennon et al., Learning to summarize from human feedback',
    arxiv: '2009.01325',
    command: 'reward --preset tiny --source synthetic',
    page: 'reward-model-loss.md',
  },
  row('Zhao et al., SLiC-HF', '2305.10425', 'slic', 'slic'),
  row('Rafailov et al., Direct Preference Optimization', '2305.18290', 'dpo --beta 0.1', 'dpo'),
  row(
    'Wu et al., Pairwise Proximal Policy Optimization',
    '2310.00212',
    'pairwise-policy-gradient',
    'pairwise-policy-gradient',
  ),
  row('Azar et al., A General Theoretical Paradigm (IPO)', '2310.12036', 'ipo --beta 0.1', 'ipo'),
  row('Xu et al., Contrastive Preference Optimization', '2401.08417', 'cpo', 'cpo'),
  row('Ji et al., Towards Efficient Exact Optimization (EXO)', '2402.00856', 'exo-pair', 'exo-pair'),
  row('Ethayarajh et al., KTO', '2402.01306', 'kto', 'kto'),
  row(
    'Guo et al., Direct Language Model Alignment from Online AI Feedback',
    '2402.04792',
    'online-dpo',
    'dpo',
  ),
  row('Chen et al., Noise Contrastive Alignment', '2402.05369', 'nca-pair', 'nca-pair'),
  row(
    'Tang et al., Generalized Preference Optimization',
    '2402.05749',
    'truncated-quadratic',
    'truncated-quadratic',
  ),
  row('Ahmadian et al., Back to Basics (RLOO)', '2402.14740', 'rloo', 'rloo'),
  row(
    'Chowdhury et al., Provably Robust DPO',
    '2403.00409',
    'robust-dpo --set objectiveOptions.labelSmoothing=0.1',
    'robust-dpo',
  ),
  row('Hong et al., ORPO', '2403.07691', 'orpo', 'orpo'),
  row(
    'Park et al., Disentangling Length from Quality (R-DPO)',
    '2403.19159',
    'length-regularized-dpo --set objectiveOptions.alpha=0.01',
    'length-regularized-dpo',
  ),
  row('Jung et al., Binary Classifier Optimization', '2404.04656', 'bco-pair', 'bco-pair'),
  row(
    'Gorbatovski et al., Learn Your Reference Model (TR-DPO)',
    '2404.09656',
    'dpo --set referenceSync.every=2',
    'dpo',
  ),
  row('Gao et al., REBEL', '2404.16767', 'rebel --online', 'rebel'),
  row('Wu et al., Self-Play Preference Optimization', '2405.00675', 'sppo-hard', 'sppo-hard'),
  row('Meng et al., SimPO', '2405.14734', 'simpo --beta 2 --set objectiveOptions.gamma=0.5', 'simpo'),
  row(
    'Liu et al., Provably Mitigating Overoptimization (RPO)',
    '2405.16436',
    'rpo --set objectiveOptions.eta=0.005',
    'rpo',
  ),
  row(
    'Melnyk et al., Distributional Preference Alignment (AOT)',
    '2406.05882',
    'aot --batch-size 4 --micro-batch-size 4',
    'aot',
  ),
  row(
    'Lu et al., Discovering Preference Optimization Algorithms (DiscoPOP)',
    '2406.08414',
    'disco-pop',
    'disco-pop',
  ),
  row('Zhou et al., WPO', '2406.11827', 'wpo', 'wpo'),
  row('Huang et al., Correcting the Mythos of KL-Regularization (χPO)', '2407.13399', 'chi-po', 'chi-po'),
  row('D’Oosterlinck et al., Anchored Preference Optimization', '2408.06266', 'apo-zero', 'apo-zero'),
  row(
    'Liu et al., Length Desensitization in Direct Preference Optimization (LD-DPO)',
    '2409.06411',
    'ld-dpo --set objectiveOptions.alpha=0.5',
    'ld-dpo',
  ),
  row(
    'Wang et al., Mixed Preference Optimization',
    '2411.10442',
    'weighted-sum --set objectiveOptions.dpo=0.8 --set objectiveOptions.bco-pair=0.2 --set objectiveOptions.chosen-sft=1',
    'weighted-sum',
  ),
  row(
    'Lambert et al., Tulu 3 (length-normalized DPO)',
    '2411.15124',
    'length-normalized-dpo',
    'length-normalized-dpo',
  ),
  row(
    'Gupta et al., AlphaPO',
    '2501.03884',
    'alpha-po --beta 2.5 --set objectiveOptions.alpha=0.25',
    'alpha-po',
  ),
  row('MiniMax, MiniMax-M1 (CISPO)', '2506.13585', 'cispo', 'cispo'),
  row('Zheng et al., Group Sequence Policy Optimization', '2507.18071', 'gspo', 'gspo'),
  row('Humanline: Online Alignment as Perceptual Loss', '2509.24207', 'humanline-dpo', 'humanline'),
  row('Length-Unbiased Sequence Policy Optimization (LUSPO)', '2602.05261', 'luspo', 'luspo'),
  row(
    'Yuan et al., Mitigating Mismatch within Reference-based Preference Optimization (HyPO)',
    '2602.11902',
    'hy-po',
    'hy-po',
  ),
  {
    paper:
      'Mitigating Reward Over-optimization in Direct Alignment Algorithms with Adaptive Importance Sampling, the source paper',
    arxiv: '',
    command: train('ais-dpo --beta 0.01'),
    page: '../importance-weights.md',
  },
];

/** The page. */
export function papersPage(): string {
  const rows = papers.map(({ paper, arxiv, command, page }) => {
    const source = arxiv === '' ? '' : `[${arxiv}](https://arxiv.org/abs/${arxiv})`;
    return `| ${paper} | ${source} | \`ais ${command}\` | [page](${page}) |`;
  });
  return `# Papers

One command for each: it makes synthetic posts and pairs, trains with the paper's objective at the \`tiny\` scale, and evaluates; minutes on two cores.
\`--steps 10\` makes it seconds, \`--dry-run\` shows the settings alone. For your own data and model, give \`--pairs\` and \`--model\`. CI runs every
command for two updates on text that is prepared once, and \`npx -y pnpm check:papers\` runs them as they are written here, for three.

| paper | arXiv | command | |
|---|---|---|---|
${rows.join('\n')}

From TRL's options: [the table](trl.md). Generated from \`packages/cli/test/papers.ts\`.
`;
}
