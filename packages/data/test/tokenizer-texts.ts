import { textsOfEveryPlane } from './texts-of-every-plane.js';

/** `pnpm check:tokenizer` compares many more texts: those of a few seeds have every character. */
const many = process.env['AIS_TOKENIZER_TEXTS'] === 'many';

/** Texts on which tokenizers are compared with the Rust library, some two hundred by default. */
export const tokenizerTexts = (seed: number): string[] =>
  textsOfEveryPlane({ seed, count: many ? 3000 : 120, everyNthBlock: many ? 8 : 512 });
