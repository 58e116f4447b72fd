import { invalidRow, type Row } from '../records/row.js';
import { textAt } from '../records/row-fields.js';
import type { Fields, Span, Template } from '../templates/template.js';

/** The text of some fields of a row. */
export function fieldsAt(row: Row, column: (field: string) => string, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, textAt(row, column(name))]));
}

/**
 * The prompt of a row as a template renders it.
 *
 * @throws {DataError} `invalid-record` if there is nothing in the field that may be cut, or in any field of the prompt
 */
export function promptAt(
  row: Row,
  column: (field: string) => string,
  template: Template,
): { prompt: string; cut?: Span } {
  const fields = fieldsAt(row, column, template.promptFields);
  const needed = template.cut === undefined ? template.promptFields : [template.cut];
  const [first] = needed;
  if (first !== undefined && needed.every((name) => fields[name]?.trim() === '')) {
    throw invalidRow(row.place, 'empty-field', 'the field is empty. Fill it in or remove the row', {
      field: column(first),
    });
  }
  const { text, cut } = template.prompt(fields);
  return cut === undefined ? { prompt: text } : { prompt: text, cut };
}
