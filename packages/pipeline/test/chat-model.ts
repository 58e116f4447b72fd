import { readFileSync } from 'node:fs';
import { createTokenizer, type TokenizerJson } from '@ais/data/tokenizer';
import { createModel, type GptNeoxOptions, savePretrained } from '@ais/language-model';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../data/fixtures/${name}`, import.meta.url), 'utf8');
const SPECIAL = ['<bos>', '<eos>', '<start_of_turn>', '<end_of_turn>'];

interface ChatModelOptions extends Partial<GptNeoxOptions> {
  /** Whether its configuration lists the token that ends a turn, too. True by default. */
  readonly endsAtTurns?: boolean;
}

/** Writes a small model with random weights that came with a chat template: turns as Gemma's. */
export async function writeChatModel(
  directory: string,
  { endsAtTurns = true, ...shape }: ChatModelOptions = {},
): Promise<void> {
  const plain = JSON.parse(fixture('tokenizer.json')) as TokenizerJson;
  const size = createTokenizer(plain).vocabularySize;
  const added = SPECIAL.map((content, index) => ({ id: size + index, content, special: true }));
  const tokenizer = createTokenizer(
    { ...plain, added_tokens: [...(plain.added_tokens ?? []), ...added] },
    { eos_token: '<eos>', bos_token: '<bos>', chat_template: fixture('chat/turns.jinja') },
  );
  const model = createModel(
    {
      vocabularySize: size + SPECIAL.length,
      hiddenSize: 16,
      layerCount: 1,
      headCount: 2,
      maxPositions: 256,
      endOfTextTokens: endsAtTurns ? [size + 1, size + 3] : [size + 1],
      paddingToken: null,
      ...shape,
    },
    { seed: 1 },
  );
  await savePretrained(model, directory);
  await tokenizer.save(directory);
  model.dispose();
}

/** A question as a message, and the opening of its answer. */
export const asMessage = (question: string): string =>
  `<bos><start_of_turn>user\n${question}<end_of_turn>\n<start_of_turn>model\n`;
