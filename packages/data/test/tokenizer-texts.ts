import { textsOfEveryPlane } from './texts-of-every-plane.js';

/** `pnpm check:tokenizer` compares all characters and many more mixtures. */
const all = process.env['AIS_TOKENIZER_TEXTS'] === 'all';

/** Texts on which tokenizers are compared with the Rust library, about two hundred by default. */
export const tokenizerTexts = (seed: number): string[] =>
  textsOfEveryPlane({ seed, count: all ? 10_000 : 120, everyNthBlock: all ? 1 : 512 });
