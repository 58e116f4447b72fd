import { loadTokenizer } from '@ais/data';
import { prepareDataset } from '@ais/data/prepared';
import { type Tokenizer, trainTokenizer } from '@ais/data/tokenizer';
import { myPlugin } from './my-plugin.js';

/**
 * Writes the source into a folder that every command of ais takes as `--source`.
 *
 * @param model whose tokenizer it is for: a folder, or owner/name; without one, a tokenizer is trained on the text
 * @returns how many records there are
 */
export async function prepare(directory: string, model?: string): Promise<number> {
  const source = myPlugin();
  const tokenizer = model === undefined ? await trained() : await loadTokenizer(model);
  const { records } = await prepareDataset({ source, tokenizer, directory });
  return records;

  async function trained(): Promise<Tokenizer> {
    const texts: string[] = [];
    for await (const { prompt, response } of source.records()) texts.push(prompt + response);
    return trainTokenizer(texts, { vocabularySize: 300 });
  }
}
