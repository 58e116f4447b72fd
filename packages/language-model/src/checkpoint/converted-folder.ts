import { cacheDirectory, nodeBuiltin, sha256OfJson } from '@ais/runtime/files';

/**
 * Raise it with every change to what a conversion or a merge writes, such as a corrected configuration, tensor, or tokenizer: what
 * earlier versions wrote into the cache is then made again.
 */
const CONVERTER_VERSION = 3;

/**
 * The folder in the cache for a model that is converted from GGUF or merged with its adapter.
 *
 * @param name begins the folder's name
 * @param content what the model is made of, as JSON
 * @param version of the code that makes it
 * @example
 * console.log(convertedFolder('llama', 'of a file') === convertedFolder('llama', 'of another')); // false
 */
export function convertedFolder(name: string, content: unknown, version: number = CONVERTER_VERSION): string {
  const { join } = nodeBuiltin('node:path', 'Reading a model');
  const key = sha256OfJson({ version, content });
  return join(cacheDirectory(), 'models', `${name}-${key.slice(0, 16)}`);
}
