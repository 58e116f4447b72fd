import * as fc from 'fast-check';
import type { Objective } from '../../contract/objective.js';
import { atLeast, hold, trials } from '../hold.js';
import { type Column, fieldsOf, mapNumbers, outcomeWithGradient, type Rows, readable } from '../rows.js';
import { requireClose, requireThat, type Subject } from '../subject.js';

/** What an objective may ask for beyond pairs or samples, and the fields that hold it. */
const extras = [
  { requirement: 'reference', fields: /^reference/ },
  { requirement: 'certainty', fields: /Certainty$/ },
  { requirement: 'divergence', fields: /^divergence$/ },
  // Of pairs, weights read it wherever a batch has it.
  { requirement: 'behavior', fields: /^behavior(Tokens)?$/ },
] as const;

/**
 * What `requires` leaves out is not read, neither for losses nor for gradients: neither the reference, nor the certainties, nor a
 * divergence, which batches may then lack.
 *
 * What it asks for without reading it costs a trainer work for nothing, which is worth a warning.
 */
export async function requirements<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const expected = await observe(objective, rows);
    const requireSame = (when: string, seen: Observed): void => {
      for (const [name, values] of Object.entries(seen)) {
        requireClose(`${when} ${name}`, values, expected[name] ?? [], 0);
      }
    };
    for (const { requirement, fields } of extras) {
      if (objective.requires[requirement] || !Object.keys(rows).some((field) => fields.test(field))) continue;
      const undeclared = `requires.${requirement} is not set, but`;
      requireSame(`${undeclared} with another ${requirement}`, await observe(objective, move(rows, fields)));
      const without = await observe(objective, drop(rows, fields)).catch((error: unknown) => String(error));
      requireThat(
        typeof without !== 'string',
        () => `${undeclared} a batch without it is refused: ${String(without)}`,
      );
      requireSame(`${undeclared} without it`, without);
    }
  });
  for (const extra of extras) await warnIfInVain(subject, extra);
}

async function warnIfInVain<O, B>(
  subject: Subject<O, B>,
  { requirement, fields }: (typeof extras)[number],
): Promise<void> {
  if (!fieldsOf(subject.description).some(([field]) => fields.test(field))) return;
  let asked = false;
  for (const { options, rows } of fc.sample(trials(subject), atLeast(50, subject.parameters))) {
    const objective = subject.factory(options);
    if (!objective.requires[requirement]) continue;
    asked = true;
    const seen = await observe(objective, rows);
    const moved = await observe(objective, move(rows, fields));
    if (JSON.stringify(seen) !== JSON.stringify(moved)) return;
  }
  if (!asked) return;
  console.warn(
    `@ais/objectives/testing: ${subject.name} declares requires.${requirement}, but neither losses nor gradients depend on it. Declare ` +
      `${requirement}: false, so that trainers need not compute it.`,
  );
}

type Observed = Readonly<Record<string, Column>>;

/** Losses and gradients, by the names that messages give them. */
async function observe<B>(objective: Objective<B>, rows: Rows<B>): Promise<Observed> {
  const { outcome, gradient } = await outcomeWithGradient(objective, rows);
  return readable({ losses: outcome.losses, metrics: {} }, gradient);
}

/** Not by the same for both responses, nor for all rows: a margin would not notice, nor would a baseline of the group. */
function move<B>(rows: Rows<B>, fields: RegExp): Rows<B> {
  return mapNumbers(rows, (value, field, row, place) =>
    fields.test(field) ? value - (field.length + 3 * row + place) / 8 : value,
  );
}

function drop<B>(rows: Rows<B>, fields: RegExp): Rows<B> {
  return Object.fromEntries(Object.entries(rows).filter(([field]) => !fields.test(field))) as Rows<B>;
}
