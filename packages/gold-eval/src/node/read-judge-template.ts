import { readFile } from 'node:fs/promises';
import { GoldEvalError } from '../errors.js';

/**
 * A judge's prompt template, from a file or as it is.
 *
 * @param textOrPath a template, told by its placeholders `{{…}}`, or the path of a file that holds one
 * @throws {GoldEvalError} `invalid-option` if there is neither
 * @example
 * console.log(await readJudgeTemplate('{{prompt}} {{response}}')); // {{prompt}} {{response}}
 */
export async function readJudgeTemplate(textOrPath: string): Promise<string> {
  if (textOrPath.includes('{{')) return textOrPath;
  return await readFile(textOrPath, 'utf8').catch((cause: Error) => {
    throw new GoldEvalError(
      'invalid-option',
      `the judge's template must be a file or a text with {{prompt}}, got "${textOrPath}" (${cause.message}).`,
      { cause },
    );
  });
}
