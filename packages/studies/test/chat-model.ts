import { readFileSync } from 'node:fs';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../data/fixtures/${name}`, import.meta.url), 'utf8');

const SPECIAL = ['<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>'];

/** Writes a small chat model with random weights into a folder, as one comes from elsewhere. */
export async function writeChatModel(folder: string): Promise<void> {
  const plain = JSON.parse(fixture('tokenizer.json')) as TokenizerJson;
  const size = createTokenizer(plain).vocabularySize;
  const added = SPECIAL.map((content, index) => ({ id: size + index, content, special: true }));
  const tokenizer = createTokenizer(
    { ...plain, added_tokens: [...(plain.added_tokens ?? []), ...added] },
    { eos_token: '<eos>', bos_token: '<bos>', chat_template: fixture('chat/turns.jinja') },
  );
  const model = await createModel(
    {
      ...{ vocabularySize: size + SPECIAL.length, hiddenSize: 16, layerCount: 1, headCount: 2 },
      ...{ intermediateSize: 32, maxPositions: 512, endOfTextTokens: [size + 1], paddingToken: null },
    },
    { seed: 1 },
  );
  await savePretrained(model, folder);
  await tokenizer.save(folder);
  model.dispose();
}
