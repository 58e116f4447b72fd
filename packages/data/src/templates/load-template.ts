import { readText } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { templates } from './built-in.js';
import { createTemplate, type Template, type TemplateFile } from './template.js';

/**
 * The template that a setting names.
 *
 * @param template the name of a built-in template (`tldr`, `prompt-completion`, `question-answer`, `text`), the path of a
 *   YAML or JSON file, or what such a file holds
 * @returns the template; one from a file goes by the file's name, unless the file has another
 * @throws {DataError} `invalid-template` if there is no such template, or the file does not hold one; `file-unreadable`
 * @example
 * const template = await loadTemplate('question-answer');
 * console.log(template.prompt({ question: 'What is 2 + 2?' }).text.length); // 32
 */
export async function loadTemplate(template: string | TemplateFile): Promise<Template> {
  if (typeof template !== 'string') return createTemplate(template);
  const builtIn = Object.hasOwn(templates, template) ? templates[template] : undefined;
  if (builtIn !== undefined) return builtIn;
  if (!isTemplateFile(template)) {
    throw new DataError(
      'invalid-template',
      `There is no template "${template}". Use ${Object.keys(templates).join(', ')}, or the path of a .yaml or .json file.`,
    );
  }
  return createTemplate(await readTemplateFile(template), template);
}

/**
 * Whether a name is that of a template's file rather than of a built-in template: it has a slash, or ends in `.yaml`, `.yml`, or `.json`.
 *
 * @example
 * console.log(isTemplateFile('mine.yaml'), isTemplateFile('tldr')); // true false
 */
export function isTemplateFile(name: string): boolean {
  return /[/\\]|\.(ya?ml|json)$/.test(name);
}

async function readTemplateFile(path: string): Promise<TemplateFile> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `The template ${path} cannot be read: ${(cause as Error).message}. Check the path.`,
      { cause, place: { file: path } },
    );
  }
  const { parse } = await import('yaml');
  try {
    // JSON is YAML. The library drops a byte-order mark.
    return parse(text) as TemplateFile;
  } catch (cause) {
    throw new DataError('invalid-template', `Template ${path}: ${(cause as Error).message.trim()}`, {
      cause,
      place: { file: path },
    });
  }
}
