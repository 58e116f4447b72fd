import { type ChatClient, generateTexts } from '@ais/gold-eval/language-model-judge';
import { sha256 } from '@ais/runtime/files';
import {
  fingerprintExamples,
  inParts,
  isOfShard,
  openPartialWork,
  openShard,
  type Shard,
} from '@ais/trainer/runs';

/** How a language model behind an endpoint answers. */
export interface AskedSampling {
  readonly samples: number;
  readonly temperature: number;
  /** Longest response, in its own tokens. */
  readonly maxTokens: number;
  readonly seed: number;
  readonly system?: string;
}

export interface AskResponsesOptions {
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Keeps finished parts. */
  readonly path: string;
  /** Recorded in that file, and compared on resume but for their `notes`. */
  readonly inputs: Parameters<typeof openPartialWork>[1];
  readonly resume: boolean;
  /** Asks for this share of the parts alone, and keeps them in a file of its own beside `path`. */
  readonly shard?: Shard | undefined;
  readonly signal: AbortSignal;
  /** Told of answered prompts, out of all. */
  readonly onProgress: (completed: number, total: number) => void;
}

/** A response, and why it ended, in the server's words; an interface would be no `Json`. */
export type AskedResponse = {
  readonly text: string;
  readonly finishReason: string;
};

/** Prompts in a part; the answers within one are in the client's cache. */
const PART_PROMPTS = 256;

/**
 * Lets a language model behind an endpoint answer many prompts, in parts that survive an interruption: what `sampleResponses`
 * is for a model of our own.
 *
 * @param prompts [n], each one message of a user
 * @param options `path` is that of the partial work, or with a `shard` that of the whole
 * @returns [n][samples], of a shard those of its share
 * @throws {ConfigurationMismatch} if the file is of other work, or of another server's
 * @throws {GoldEvalError} `request-failed`, `budget-spent`; answers that came before are in the client's cache
 */
export async function askResponses(
  client: ChatClient,
  prompts: readonly string[],
  sampling: AskedSampling,
  { concurrency, path, inputs, resume, shard, signal, onProgress }: AskResponsesOptions,
): Promise<(readonly AskedResponse[])[]> {
  const count = Math.ceil(prompts.length / PART_PROMPTS);
  const all = {
    ...inputs,
    // The address is in the client's identity, and stays out of files.
    model: sha256(JSON.stringify(client.identity)),
    prompts: fingerprintExamples(prompts),
  };
  const work = await (shard
    ? openShard<AskedResponse[][]>(path, all, shard, count)
    : openPartialWork<AskedResponse[][]>(path, all, resume));
  const parts = await inParts(
    work,
    count,
    async (part) => {
      const start = part * PART_PROMPTS;
      const answers = await generateTexts(client, prompts.slice(start, start + PART_PROMPTS), {
        ...sampling,
        concurrency,
        signal,
        onProgress: (done) => onProgress(start + done, prompts.length),
      });
      return answers.map((own) => own.map(({ text, finishReason }) => ({ text, finishReason })));
    },
    (part) => !shard || isOfShard(part, shard),
  );
  return parts.flat();
}
