import { GENERATION_FILE, TOKENIZER_FILE } from '../checkpoint.js';
import { isAdditionalTemplate } from '../companion-files.js';

type Files = ReadonlyMap<string, Uint8Array>;

const isTemplate = (name: string): boolean => name === 'chat_template.jinja' || isAdditionalTemplate(name);

/**
 * The files beside the weights of a base model with an adapter. Files of one tokenizer belong together: an adapter that brings a
 * tokenizer brings all of its files, and takes only the settings of generation from the base. One that brings templates alone
 * takes the base's tokenizer without its templates, whichever files any of them are in.
 */
export function adaptedCompanions(base: Files, adapter: Files): Files {
  if (adapter.has('tokenizer.json')) {
    const generation = base.get(GENERATION_FILE);
    return new Map([...(generation ? [[GENERATION_FILE, generation] as const] : []), ...adapter]);
  }
  const bringsTemplate = [...adapter.keys()].some(isTemplate) || hasTemplate(adapter.get(TOKENIZER_FILE));
  // Files of templates come before a template in a configuration.
  const kept = [...base].filter(([name]) => !(bringsTemplate && isTemplate(name)));
  return new Map([...kept, ...adapter]);
}

/** Whether a `tokenizer_config.json` has a template; the code that uses the file says what is wrong with one that is damaged. */
function hasTemplate(content: Uint8Array | undefined): boolean {
  if (content === undefined) return false;
  try {
    const json = JSON.parse(new TextDecoder().decode(content)) as { chat_template?: unknown } | null;
    return (json?.chat_template ?? null) !== null;
  } catch {
    return false;
  }
}
