/** What a sequence's ratio t = π_θ(y)/μ(y) of T tokens becomes as a weight. */
export interface SequenceWeight {
  readonly name: string;
  readonly formula: string;
  /** @returns w from log t and the length T */
  readonly weight: (log: number, length: number) => number;
}

/** Where the bounds of truncation, masking, and filter lie, and VESPO's defaults in TRL 1.16. */
export const constants = {
  truncation: 2,
  mask: [0.5, 2],
  filter: [0.99, 1.01],
  vespo: { k: 2, lambda: 3 },
} as const;

const { truncation, mask, filter, vespo } = constants;

export const sequenceWeights: readonly SequenceWeight[] = [
  { name: 'sum', formula: 't', weight: (log) => Math.exp(log) },
  { name: '1/√|y|', formula: 't^(1/√|y|)', weight: (log, length) => Math.exp(log / Math.sqrt(length)) },
  { name: '1/|y|', formula: 't^(1/|y|)', weight: (log, length) => Math.exp(log / length) },
  {
    name: 'truncation',
    formula: `min(t, ${truncation})`,
    weight: (log) => Math.min(Math.exp(log), truncation),
  },
  {
    name: 'masking',
    formula: `t where ${mask[0]} ≤ t ≤ ${mask[1]}, else 0`,
    weight: (log) => (log >= Math.log(mask[0]) && log <= Math.log(mask[1]) ? Math.exp(log) : 0),
  },
  {
    name: 'geometric filter',
    formula: `1 where ${filter[0]} ≤ t^(1/|y|) ≤ ${filter[1]}, else 0`,
    weight: (log, length) =>
      log / length >= Math.log(filter[0]) && log / length <= Math.log(filter[1]) ? 1 : 0,
  },
  {
    name: 'VESPO',
    formula: `t^${vespo.k}·e^(${vespo.lambda}·(1 − t))`,
    weight: (log) => Math.exp(vespo.k * log + vespo.lambda * (1 - Math.exp(log))),
  },
];

/**
 * Policies over two tokens, each token independent of the others: μ is fair, π_θ takes the first one with probability p.
 *
 * All that a weight sees of a response is how many of its T tokens are the first one, k, and k is binomial. So every mean over the 2^T
 * responses is a sum of T + 1 terms, exact at any length.
 */
export interface TwoTokens {
  /** π_θ of the first token; μ's is ½. */
  readonly p: number;
  readonly length: number;
}

/** One class of responses: all with k first tokens. */
export interface ResponseClass {
  readonly first: number;
  /** log of their probability together under μ. */
  readonly logMass: number;
  /** log t of each. */
  readonly logRatio: number;
}

export function responseClasses({ p, length }: TwoTokens): ResponseClass[] {
  let logChoose = 0;
  return Array.from({ length: length + 1 }, (_, first) => {
    if (first > 0) logChoose += Math.log(length - first + 1) - Math.log(first);
    return {
      first,
      logMass: logChoose - length * Math.LN2,
      logRatio: first * Math.log(2 * p) + (length - first) * Math.log(2 * (1 - p)),
    };
  });
}

/** What a weight does, exactly. */
export interface WeightReport {
  /** E_μ[w]: by how much the step is scaled. 1 − this is the bias of a constant. */
  readonly mean: number;
  /** Var_μ[w]. */
  readonly variance: number;
  /** E_μ[w]²/E_μ[w²]: the share of a large batch that counts. */
  readonly effective: number;
  /** The median of w under μ: what one typically sees, whatever the mean is. */
  readonly median: number;
  /** Share of responses with w = 0. */
  readonly dropped: number;
  /**
   * How far reweighting alone, without the scale of the step, leads from μ to π_θ: the mean share of first tokens under the
   * normalized weights, as a share of the way from μ's ½ (0) to π_θ's p (1).
   */
  readonly recovered: number;
}

export function reportOf({ weight }: Pick<SequenceWeight, 'weight'>, policies: TwoTokens): WeightReport {
  const { p, length } = policies;
  const classes = responseClasses(policies).map(({ first, logMass, logRatio }) => {
    const w = weight(logRatio, length);
    return { first, mass: Math.exp(logMass), w, weighted: Math.exp(logMass + Math.log(w)), logMass };
  });
  const sum = (value: (own: (typeof classes)[number]) => number): number =>
    classes.reduce((total, own) => total + value(own), 0);
  const mean = sum(({ weighted }) => weighted);
  const square = sum(({ logMass, w }) => Math.exp(logMass + 2 * Math.log(w)));
  const firsts = sum(({ first, weighted }) => (first / length) * weighted) / mean;
  return {
    mean,
    variance: sum(({ mass, w }) => mass * (w - mean) ** 2),
    effective: mean ** 2 / square,
    median: medianOf(classes),
    dropped: sum(({ mass, w }) => (w === 0 ? mass : 0)),
    recovered: (firsts - 0.5) / (p - 0.5),
  };
}

function medianOf(classes: readonly { readonly mass: number; readonly w: number }[]): number {
  let below = 0;
  for (const { mass, w } of [...classes].sort((a, b) => a.w - b.w)) {
    below += mass;
    if (below >= 0.5 - 1e-12) return w;
  }
  return Number.NaN;
}

/** Σ p²/½ − 1, per token. */
export const chiSquared = (p: number): number => 2 * (p * p + (1 - p) ** 2) - 1;

/** KL(π_θ‖μ) per token, in nats. */
export const divergence = (p: number): number => p * Math.log(2 * p) + (1 - p) * Math.log(2 * (1 - p));
