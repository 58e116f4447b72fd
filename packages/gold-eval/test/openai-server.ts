import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import type { ChatMessage } from '../src/chat/chat-client.js';

/** What the server is asked. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly [parameter: string]: unknown;
}

/** What it answers. */
export interface ChatReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /**
   * `cut`: the connection breaks within the answer. `hang`: the answer never comes to its end. `endless`: the body is repeated
   * without end.
   */
  readonly end?: 'cut' | 'hang' | 'endless';
}

/** A local server that answers like an OpenAI-compatible endpoint. */
export interface OpenAiServer {
  readonly baseUrl: string;
  /** Decides every answer; `index` counts the requests since the last `script`. */
  script(answer: (request: ChatRequest, index: number) => ChatReply): void;
  /** The requests since the last `script`, and their authorizations. */
  readonly requests: ChatRequest[];
  readonly authorizations: (string | undefined)[];
  close(): Promise<void>;
}

/** A whole answer, as OpenAI gives it. */
export function completion(
  contents: string | readonly (string | null)[],
  options: { readonly finishReason?: string; readonly refusal?: string; readonly usage?: boolean } = {},
): ChatReply {
  const { finishReason = 'stop', refusal = null, usage = true } = options;
  const choices = (typeof contents === 'string' ? [contents] : contents).map((content, index) => ({
    index,
    message: { role: 'assistant', content, refusal },
    finish_reason: finishReason,
  }));
  return {
    body: JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      choices,
      ...(usage && { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 } }),
    }),
  };
}

export async function openAiServer(): Promise<OpenAiServer> {
  let answer: (request: ChatRequest, index: number) => ChatReply = () => completion('Hi!');
  const requests: ChatRequest[] = [];
  const authorizations: (string | undefined)[] = [];
  const server = createServer(async (request, response) => {
    const body = await readText(request);
    if (request.url !== '/v1/chat/completions') {
      response.writeHead(404).end(`no ${request.url}`);
      return;
    }
    const parsed = JSON.parse(body) as ChatRequest;
    authorizations.push(request.headers.authorization);
    requests.push(parsed);
    const reply = answer(parsed, requests.length - 1);
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    if (!reply.end) response.end(reply.body);
    else if (reply.end === 'endless') {
      const more = (): void => {
        while (!response.destroyed && response.write(reply.body));
        response.once('drain', more);
      };
      more();
    } else {
      response.write(reply.body, () => {
        if (reply.end === 'cut') response.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    authorizations,
    script: (next) => {
      answer = next;
      requests.length = 0;
      authorizations.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
