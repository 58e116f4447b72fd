import type { Answered, Facts, Learned, LoadRequest, Progress } from './session.js';

/** What the page asks of the worker. */
export type Request =
  | ({ readonly kind: 'load' } & LoadRequest)
  | { readonly kind: 'cancel' }
  | { readonly kind: 'answer'; readonly question: string }
  | { readonly kind: 'prefer'; readonly better: number }
  | { readonly kind: 'keep' };

/** What the worker tells the page. */
export type Reply =
  | ({ readonly kind: 'progress' } & Progress)
  | { readonly kind: 'loaded'; readonly seconds: number; readonly facts: Facts }
  | { readonly kind: 'text'; readonly answer: number; readonly text: string }
  | { readonly kind: 'answered'; readonly answered: Answered; readonly facts: Facts }
  | { readonly kind: 'learned'; readonly learned: Learned; readonly facts: Facts }
  | { readonly kind: 'kept'; readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>> }
  | {
      readonly kind: 'failed';
      readonly message: string;
      /** What failed. */
      readonly asked: Request['kind'];
      /** Whether there is a model that can be asked again. */
      readonly isLoaded: boolean;
    };
