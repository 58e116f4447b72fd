import { DataError } from '../errors.js';
import type { Row } from '../records/row.js';
import type { Schema } from '../records/schema.js';
import { isLabelAt } from './label-field.js';

/** What TRL, and LLaMA-Factory, call the column that says whether a response is desirable. */
const LABELS: readonly string[] = ['label', 'kto_tag'];

/** Refusals of rows of these shapes that have a label, which only `labeledSource` reads. */
export function unpairedPreferences(
  shapes: readonly Pick<Schema<unknown>, 'fields' | 'fits'>[],
): Schema<never>[] {
  return LABELS.flatMap((label) =>
    shapes
      .filter((shape) => !shape.fields.includes(label))
      .map((shape) => {
        const fields = [...shape.fields, label];
        const refuse = (row: Row): never => refuseUnpaired(row, fields, label);
        return {
          fields,
          isRefused: true,
          fits: (row, column) => isLabelAt(row, column(label)) && (shape.fits?.(row, column) ?? true),
          template: refuse,
          read: refuse,
        };
      }),
  );
}

function refuseUnpaired({ place }: Row, fields: readonly string[], label: string): never {
  const flags = `--objective kto --pairs${label === 'label' ? '' : ` FILE --pair-columns label=${label}`}`;
  throw new DataError(
    'unpaired-preferences',
    `${place.file ?? 'The source'} has unpaired preferences (${fields.join(', ')}), which only objectives over labeled responses learn from (ais train ${flags}). Use pairs (prompt, chosen, rejected) for others; for supervised training, keep the rows whose label is true, without the column ${label}.`,
    { place },
  );
}
