import type { ModelSource } from '@ais/language-model';

export const sides = ['before', 'after'] as const;
export type Side = (typeof sides)[number];

/** What the page asks of the worker. */
export type Request =
  | {
      readonly kind: 'answer';
      readonly question: string;
      /** Where the models are, in the order of their answers. */
      readonly models: readonly { readonly side: Side; readonly source: ModelSource }[];
      /** The fastest that works by default. */
      readonly backend?: string | undefined;
    }
  | { readonly kind: 'cancel' };

/** What the worker tells the page. */
export type Reply =
  | {
      readonly kind: 'loading';
      readonly side: Side;
      readonly receivedBytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'text'; readonly side: Side; readonly text: string }
  | { readonly kind: 'answered'; readonly side: Side; readonly tokens: number; readonly seconds: number }
  | { readonly kind: 'done'; readonly backend: string }
  | { readonly kind: 'failed'; readonly message: string };
