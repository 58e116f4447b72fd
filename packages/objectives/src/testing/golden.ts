import type { Objective } from '../contract/objective.js';
import { BrokenLaw, causeOf } from './broken-law.js';
import { describeTrial } from './hold.js';
import { type Column, lossGradient, outcomeOf, type Rows } from './rows.js';
import { requireClose, requireThat } from './subject.js';

// Below it even a correct float32 gradient may have lost digits: to a subtraction, such as of one reward from another.
const FLOOR = 1e-8;

/** Numbers that another implementation computed. */
export interface Golden<O, B> {
  /** Who computed them, with the version: "TRL 1.16.0, loss_type='sigmoid'". */
  readonly source: string;
  readonly options: O;
  readonly batch: Rows<B>;
  readonly losses: readonly number[];
  /** Of the sum of the losses, by field of the batch; of a field with tokens a list per row. */
  readonly gradients?: Rows<B>;
  /** Relative to each number, down to differences of 1e-8; 1e-5 by default. */
  readonly tolerance?: number;
}

/** Losses and gradients are the golden ones. */
export async function checkGolden<O, B>(
  factory: (options: O) => Objective<B>,
  golden: Golden<O, B>,
): Promise<void> {
  const { options, batch, losses, gradients = {}, tolerance = 1e-5 } = golden;
  try {
    const objective = factory(options);
    requireClose('the loss', (await outcomeOf(objective, batch)).losses, losses, tolerance, FLOOR);
    const gradient = await lossGradient(
      objective,
      batch,
      losses.map(() => 1),
    );
    for (const [field, values] of Object.entries<Column>(gradients as Record<string, Column>)) {
      const found = gradient[field];
      requireThat(
        found !== undefined,
        () =>
          `gradients names ${field}, which the batch does not have; its fields are ${Object.keys(batch).join(', ')}`,
      );
      requireClose(`the gradient of ${field}`, found, values, tolerance, FLOOR);
    }
  } catch (cause) {
    throw new BrokenLaw(causeOf(cause), describeTrial({ options, rows: batch }), { cause });
  }
}
