// The model lives in a worker: while it computes, the page stays usable.
import type { Reply, Request } from './messages.js';
import { type LoadRequest, Session } from './session.js';
import { locateWasmFiles } from './wasm-files.js';

let session: Session | undefined;
let loading = new AbortController();

const tell = (reply: Reply): void => self.postMessage(reply);

async function load(request: LoadRequest): Promise<void> {
  loading = new AbortController();
  session?.dispose();
  session = undefined;
  await locateWasmFiles();
  const begun = performance.now();
  session = await Session.load(
    request,
    ({ receivedBytes, totalBytes }) => tell({ kind: 'progress', receivedBytes, totalBytes }),
    loading.signal,
  );
  tell({ kind: 'loaded', seconds: (performance.now() - begun) / 1000, facts: session.facts() });
}

async function serve(request: Request): Promise<void> {
  if (request.kind === 'load') return load(request);
  if (session === undefined) throw new Error('Load a model first.');
  if (request.kind === 'answer') {
    const answered = await session.answer(request.question, (answer, text) =>
      tell({ kind: 'text', answer, text }),
    );
    tell({ kind: 'answered', answered, facts: session.facts() });
  } else if (request.kind === 'prefer') {
    tell({ kind: 'learned', learned: await session.prefer(request.better), facts: session.facts() });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'cancel') loading.abort(new Error('Loading was canceled.'));
  else {
    serve(data).catch((error: unknown) => {
      tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    });
  }
});
