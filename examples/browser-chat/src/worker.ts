// The model lives in a worker: while it computes, the page stays usable.
import type { Reply, Request } from './messages.js';
import { type LoadRequest, Session } from './session.js';
import { locateWasmFiles } from './wasm-files.js';

let session: Session | undefined;
/** Of the model that was asked for last: aborted when another one is. */
let chosen = new AbortController();
/** Of its loading, while that lasts. */
let loading: AbortController | undefined;
/** What was asked before, which everything waits for: two models at once would share one back end. */
let earlier: Promise<void> = Promise.resolve();

async function load(request: LoadRequest, signal: AbortSignal, tell: (reply: Reply) => void): Promise<void> {
  session?.dispose();
  session = undefined;
  signal.throwIfAborted();
  await locateWasmFiles();
  const begun = performance.now();
  const loaded = await Session.load(
    request,
    ({ receivedBytes, totalBytes }) => tell({ kind: 'progress', receivedBytes, totalBytes }),
    signal,
  );
  // The last steps of loading do not look at the signal.
  if (signal.aborted) {
    loaded.dispose();
    throw signal.reason;
  }
  session = loaded;
  tell({ kind: 'loaded', seconds: (performance.now() - begun) / 1000, facts: session.facts() });
}

async function serve(request: Request, signal: AbortSignal, tell: (reply: Reply) => void): Promise<void> {
  if (request.kind === 'load') return load(request, signal, tell);
  if (session === undefined) throw new Error('Load a model first.');
  if (request.kind === 'answer') {
    const answered = await session.answer(
      request.question,
      (answer, text) => tell({ kind: 'text', answer, text }),
      signal,
    );
    tell({ kind: 'answered', answered, facts: session.facts() });
  } else if (request.kind === 'prefer') {
    tell({ kind: 'learned', learned: await session.prefer(request.better), facts: session.facts() });
  } else if (request.kind === 'keep') {
    tell({ kind: 'kept', files: await session.keep() });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'cancel') {
    loading?.abort(new Error('Loading was canceled.'));
    return;
  }
  if (data.kind === 'load') {
    chosen.abort(new Error('Another model was chosen.'));
    chosen = new AbortController();
    loading = chosen;
  }
  const own = chosen;
  // Of a model that was given up the page hears nothing more.
  const tell = (reply: Reply): void => {
    if (own === chosen) self.postMessage(reply);
  };
  earlier = earlier
    .then(() => serve(data, own.signal, tell))
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      tell({ kind: 'failed', message, asked: data.kind, isLoaded: session !== undefined });
    })
    .finally(() => {
      if (data.kind === 'load' && loading === own) loading = undefined;
    });
});
