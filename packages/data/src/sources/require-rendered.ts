import type { DataError } from '../errors.js';
import { invalidRow, type Row } from '../records/row.js';
import { calledFunctions, describedFunctions } from './called-functions.js';
import type { Turn } from './conversation-fields.js';

/**
 * Checks that a template has rendered the calls of some messages: one that knows no tools leaves them out without a word, and the
 * model would learn to answer nothing.
 *
 * @throws {DataError} `invalid-record`, naming file, row, field, and function
 */
export function requireCalls(row: Row, template: string, turns: readonly Turn[], text: string): void {
  for (const { message, field } of turns) {
    const lost = calledFunctions(message).find((name) => !text.includes(name));
    if (lost === undefined) continue;
    const key = message['tool_calls'] === undefined ? 'function_call' : 'tool_calls';
    throw unrendered(
      row,
      `${field}.${key}`,
      template,
      `the call of ${JSON.stringify(lost)}`,
      'calls of tools',
    );
  }
}

/**
 * Checks that a template has rendered what the tools are.
 *
 * @throws {DataError} as `requireCalls`
 */
export function requireTools(row: Row, template: string, tools: readonly object[], text: string): void {
  const lost = describedFunctions(tools).find((name) => !text.includes(name));
  if (lost === undefined) return;
  throw unrendered(row, 'tools', template, `the tool ${JSON.stringify(lost)}`, 'tools');
}

function unrendered(row: Row, field: string, template: string, what: string, which: string): DataError {
  return invalidRow(
    row.place,
    'template-failed',
    `the chat template ${template} leaves out ${what}. Use a template that renders ${which} (--chat-template), or remove the row`,
    { field },
  );
}
