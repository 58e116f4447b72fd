import { GENERATION_FILE, TOKENIZER_FILE } from '../checkpoint.js';

type Files = ReadonlyMap<string, Uint8Array>;

const TEMPLATE_FILE = 'chat_template.jinja';

/**
 * The files beside the weights of a base model with an adapter. Files of one tokenizer belong together: an adapter that brings a
 * tokenizer brings all of its files, and takes only the settings of generation from the base. One that brings a template alone
 * takes the base's tokenizer without its template, whichever file either of them is in.
 */
export function adaptedCompanions(base: Files, adapter: Files): Files {
  if (adapter.has('tokenizer.json')) {
    const generation = base.get(GENERATION_FILE);
    return new Map([...(generation ? [[GENERATION_FILE, generation] as const] : []), ...adapter]);
  }
  const files = new Map([...base, ...adapter]);
  // This file would come before the template in the adapter's configuration.
  if (!adapter.has(TEMPLATE_FILE) && hasTemplate(adapter.get(TOKENIZER_FILE))) files.delete(TEMPLATE_FILE);
  return files;
}

/** Whether a `tokenizer_config.json` has a template; whoever uses the file says what is wrong with one that is damaged. */
function hasTemplate(content: Uint8Array | undefined): boolean {
  if (content === undefined) return false;
  try {
    const json = JSON.parse(new TextDecoder().decode(content)) as { chat_template?: unknown } | null;
    return (json?.chat_template ?? null) !== null;
  } catch {
    return false;
  }
}
