// The models live in a worker: while they train, the page stays usable.
import { useBackend } from '@ais/runtime';
import { locateWasmFiles } from '../page/wasm-files.js';
import type { TrainingChoice, TrainingEvent } from './choice.js';
import { train } from './training.js';

/** What the page asks of the worker. */
export type Request =
  | { readonly kind: 'train'; readonly choice: TrainingChoice }
  | { readonly kind: 'pause' }
  | { readonly kind: 'continue' };

/** What the worker tells the page. */
export type Reply =
  | TrainingEvent
  | { readonly kind: 'started'; readonly backend: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

const tell = (reply: Reply): void => self.postMessage(reply);

let resume: (() => void) | undefined;
let paused: Promise<void> | undefined;

async function run(choice: TrainingChoice): Promise<void> {
  await locateWasmFiles();
  // A model this small spends more on WebGPU's calls than it saves.
  const { backend } = await useBackend('wasm');
  tell({ kind: 'started', backend });
  for await (const event of train(choice)) {
    tell(event);
    // A turn of the event loop, so that requests come in.
    await new Promise((resolve) => setTimeout(resolve));
    await paused;
  }
  tell({ kind: 'done' });
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'pause') {
    paused ??= new Promise((resolve) => {
      resume = resolve;
    });
  } else if (data.kind === 'continue') {
    resume?.();
    paused = undefined;
  } else {
    run(data.choice).catch((error: unknown) => {
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  }
});
