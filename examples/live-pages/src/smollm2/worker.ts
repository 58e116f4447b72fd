// The models live in a worker, and one at a time: two would not fit into WASM's memory beside what answering takes.
import { modelChatTemplate } from '@ais/data/chat';
import { streamText, tokenizerFromFiles } from '@ais/data/tokenizer';
import { loadPretrained, type ModelSource, modelFiles } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { locateWasmFiles } from '../page/wasm-files.js';
import type { Reply, Request, Side } from './messages.js';

const MOST_TOKENS = 96;

const tell = (reply: Reply): void => self.postMessage(reply);

async function answer(side: Side, source: ModelSource, question: string, signal: AbortSignal): Promise<void> {
  const model = await loadPretrained(source, {
    signal,
    onProgress: ({ receivedBytes, totalBytes }) => tell({ kind: 'loading', side, receivedBytes, totalBytes }),
  });
  try {
    const tokenizer = tokenizerFromFiles(modelFiles(model));
    const template = modelChatTemplate(tokenizer);
    if (template === undefined)
      throw new Error('The model has no chat template: it was not made for conversations.');
    const messages = [{ role: 'user' as const, content: question }];
    const prompt = tokenizer.encode(template.render(messages, { addGenerationPrompt: true }));
    const stream = streamText(tokenizer, prompt);
    let tokens = 0;
    let text = '';
    const begun = performance.now();
    await model.generate([prompt], {
      maxNewTokens: Math.min(MOST_TOKENS, model.configuration.maxPositions - prompt.length),
      // Greedy: what differs is the models' doing.
      temperature: 0,
      seed: 1,
      signal,
      onToken: ({ token }) => {
        tokens += 1;
        text += stream.push(token);
        tell({ kind: 'text', side, text });
      },
    });
    tell({ kind: 'answered', side, tokens, seconds: (performance.now() - begun) / 1000 });
  } finally {
    model.dispose();
  }
}

let canceling = new AbortController();

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if (data.kind === 'cancel') {
    canceling.abort(new Error('It was canceled.'));
    return;
  }
  canceling = new AbortController();
  const { signal } = canceling;
  const run = async (): Promise<void> => {
    await locateWasmFiles();
    const { backend } = await useBackend(data.backend);
    for (const { side, source } of data.models) await answer(side, source, data.question, signal);
    tell({ kind: 'done', backend });
  };
  run().catch((error: unknown) => {
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});
