import * as fc from 'fast-check';
import { atLeast, hold, trials } from '../hold.js';
import { fieldsOf, mapNumbers, outcomeOf, type Rows } from '../rows.js';
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
 * What `requires` leaves out is not read: neither the reference, nor the certainties, nor a divergence, which batches may then lack.
 *
 * What it asks for without reading it costs a trainer work for nothing, which is worth a warning.
 */
export async function requirements<O, B>(subject: Subject<O, B>): Promise<void> {
  await hold(trials(subject), subject.parameters, async ({ options, rows }) => {
    const objective = subject.factory(options);
    const lossesOf = async (given: Rows<B>): Promise<readonly number[]> =>
      (await outcomeOf(objective, given)).losses;
    const losses = await lossesOf(rows);
    for (const { requirement, fields } of extras) {
      if (objective.requires[requirement]) continue;
      const undeclared = `requires.${requirement} is not set, but`;
      const moved = await lossesOf(move(rows, fields));
      requireClose(`${undeclared} with another ${requirement} the loss`, moved, losses, 0);
      const without = await lossesOf(drop(rows, fields)).catch((error: unknown) => String(error));
      requireThat(
        typeof without !== 'string',
        () => `${undeclared} a batch without it is refused: ${String(without)}`,
      );
      requireClose(`${undeclared} without it the loss`, without, losses, 0);
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
    const [losses, moved] = [
      await outcomeOf(objective, rows),
      await outcomeOf(objective, move(rows, fields)),
    ];
    if (losses.losses.join() !== moved.losses.join()) return;
  }
  if (!asked) return;
  console.warn(
    `@ais/objectives/testing: ${subject.name} declares requires.${requirement}, but no loss depends on it. Declare ` +
      `${requirement}: false, so that trainers need not compute it.`,
  );
}

/** Not by the same for both responses: a margin would not notice. */
function move<B>(rows: Rows<B>, fields: RegExp): Rows<B> {
  return mapNumbers(rows, (value, field) => (fields.test(field) ? value - field.length / 8 : value));
}

function drop<B>(rows: Rows<B>, fields: RegExp): Rows<B> {
  return Object.fromEntries(Object.entries(rows).filter(([field]) => !fields.test(field))) as Rows<B>;
}
