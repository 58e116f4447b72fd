import { DataError, loadTemplate, readFaults } from '@ais/data';
import { type AnyTemplate, isChatTemplate } from '@ais/data/chat';
import { openRows } from '@ais/data/formats';
import type { ModelText } from '../corpus/model-text.js';
import { rowTemplate } from '../corpus/row-template.js';
import type { TextSettings } from '../settings/text-settings.js';

/**
 * Reads rows by the template that was asked for, else by the model's. Rows that lack the columns of the model's own template are
 * taken as they are where they have a rendered prompt, which is said.
 *
 * @param fields that rows have which are rendered already, the prompt first
 * @param read reads all rows by a template, from the start
 * @throws {DataError} `unknown-columns` where rows fit neither
 */
export async function renderedRows<Read>(
  name: string,
  {
    asked,
    text,
    fields,
    columns = {},
    onWarning,
  }: {
    readonly asked: TextSettings['template'];
    readonly text: ModelText;
    readonly fields: readonly string[];
    readonly columns?: TextSettings['columns'];
    readonly onWarning: (message: string) => void;
  },
  read: (template: AnyTemplate | undefined) => Promise<Read>,
): Promise<Read> {
  const template = await rowTemplate(asked, text);
  try {
    return await read(template);
  } catch (error) {
    if (!(error instanceof DataError) || error.code !== 'unknown-columns') throw error;
    const wanted = fields.map((field) => columns[field] ?? field);
    if (!isModelsOwn(template, asked, text) || !(await haveText(name, wanted))) throw withFlagsOfPairs(error);
    onWarning(
      `${name}: ${wanted.join(', ')} are taken as they are (prompt-completion): the model's template ${template.name} reads other columns. ` +
        `To have the model's template render them, name its columns (--pair-columns ${firstField(template)}=${wanted[0]}).`,
    );
    return read(await loadTemplate('prompt-completion'));
  }
}

/** Whether a template is the model's: the user asked neither for another one nor for this one by its name. */
function isModelsOwn(
  template: AnyTemplate | undefined,
  asked: TextSettings['template'],
  { template: own }: ModelText,
): template is AnyTemplate {
  if (typeof asked === 'string' || own === undefined || isChatTemplate(own)) return false;
  return template?.fingerprint === own.fingerprint;
}

/** What the error advises are the flags of a source; those of pairs leave the source alone. */
function withFlagsOfPairs(error: DataError): DataError {
  const message = error.detail
    .replace('(--columns ', '(--pair-columns ')
    .replace('(--template)', '(--pair-template)');
  return new DataError(error.code, message, {
    cause: error,
    place: error.place,
    ...(error.fault !== undefined && { fault: error.fault }),
  });
}

async function haveText(name: string, columns: readonly string[]): Promise<boolean> {
  for await (const { value } of openRows(name).rows(readFaults(), columns)) {
    return columns.every((column) => typeof value[column] === 'string');
  }
  return false;
}

function firstField(template: AnyTemplate): string {
  return isChatTemplate(template) ? 'prompt' : (template.promptFields[0] ?? 'prompt');
}
