import { type ChatTemplate, type Message, modelChatTemplate } from '@ais/data/chat';
import { streamText, type Tokenizer, tokenizerFromFiles } from '@ais/data/tokenizer';
import {
  adapterFiles,
  addLora,
  type CausalLanguageModel,
  type Generation,
  type LoraAdapter,
  loadPretrained,
  type ModelSource,
  modelFiles,
  restoreLora,
} from '@ais/language-model';
import { dpo } from '@ais/objectives';
import { useBackend } from '@ais/runtime';
import { type PreferenceSteps, preferenceSteps } from '@ais/trainer/in-memory';
import * as tf from '@tensorflow/tfjs-core';

export interface LoadRequest {
  readonly source: ModelSource;
  /** What an earlier visit kept. */
  readonly adapter?: readonly File[] | undefined;
  /** The fastest that works by default. */
  readonly backend?: string | undefined;
}

export interface Progress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** What the model and its training take. */
export interface Facts {
  readonly backend: string;
  readonly parameters: number;
  readonly tensorBytes: number;
  /** The memory of WASM, which only grows; 0 on other back ends. */
  readonly wasmBytes: number;
}

export interface Answered {
  readonly tokens: number;
  readonly seconds: number;
}

export interface Learned {
  readonly step: number;
  readonly loss: number;
  /** How much more the policy prefers the better answer than the reference does, in nats. */
  readonly margin: number;
  readonly seconds: number;
}

const RANK = 8;
const LEARNING_RATE = 2e-4;
const BETA = 0.1;
const MOST_TOKENS = 128;
/** Activations that a step keeps; above, blocks are computed again. */
const MEMORY_BUDGET = 128 * 2 ** 20;

/** A model that answers, each time twice, and learns which answer was better. */
export class Session {
  readonly #model: CausalLanguageModel;
  readonly #tokenizer: Tokenizer;
  readonly #template: ChatTemplate;
  readonly #adapter: LoraAdapter;
  readonly #training: PreferenceSteps;
  readonly #backend: string;
  #prompt: readonly number[] = [];
  #answers: readonly Generation[] = [];
  #seed = 0;

  static async load(
    { source, adapter: kept, backend }: LoadRequest,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<Session> {
    const report = await useBackend(backend);
    const model = await loadPretrained(source, { onProgress, signal, memoryBudget: MEMORY_BUDGET });
    try {
      const tokenizer = tokenizerFromFiles(modelFiles(model));
      const template = modelChatTemplate(tokenizer);
      if (template === undefined)
        throw new Error('The model has no chat template: it was not made for conversations.');
      const adapter = kept ? await restoreLora(model, kept) : addLora(model, { rank: RANK, seed: 1 });
      const training = await preferenceSteps(model, dpo({ beta: BETA }), {
        adapter,
        learningRate: LEARNING_RATE,
        maxGradientNorm: 1,
      });
      return new Session(model, tokenizer, template, adapter, training, report.backend);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  private constructor(
    model: CausalLanguageModel,
    tokenizer: Tokenizer,
    template: ChatTemplate,
    adapter: LoraAdapter,
    training: PreferenceSteps,
    backend: string,
  ) {
    this.#model = model;
    this.#tokenizer = tokenizer;
    this.#template = template;
    this.#adapter = adapter;
    this.#training = training;
    this.#backend = backend;
  }

  /**
   * @param onText told each answer's text as it grows
   * @param signal stops it
   */
  async answer(
    question: string,
    onText: (answer: number, text: string) => void,
    signal: AbortSignal,
  ): Promise<Answered> {
    const messages: Message[] = [{ role: 'user', content: question }];
    const prompt = this.#tokenizer.encode(this.#template.render(messages, { addGenerationPrompt: true }));
    const { maxPositions } = this.#model.configuration;
    if (prompt.length >= maxPositions) {
      throw new Error(
        `The question has ${prompt.length} tokens with the template, and the model takes ${maxPositions} with the answer. Ask a shorter one.`,
      );
    }
    this.#prompt = prompt;
    this.#answers = [];
    const written = [0, 1].map(() => ({ text: '', stream: streamText(this.#tokenizer, prompt) }));
    const begun = performance.now();
    this.#answers = await this.#model.generate([prompt], {
      maxNewTokens: Math.min(MOST_TOKENS, maxPositions - prompt.length),
      temperature: 0.8,
      topP: 0.95,
      samples: written.length,
      seed: ++this.#seed,
      signal,
      onToken: ({ sample, token }) => {
        const answer = written[sample];
        if (answer === undefined) return;
        answer.text += answer.stream.push(token);
        onText(sample, answer.text);
      },
    });
    const tokens = this.#answers.reduce((sum, { tokens }) => sum + tokens.length, 0);
    return { tokens, seconds: (performance.now() - begun) / 1000 };
  }

  /** Takes one step toward the better of the last two answers. */
  async prefer(better: number): Promise<Learned> {
    const [chosen, rejected] = [this.#answers[better], this.#answers[1 - better]];
    if (chosen === undefined || rejected === undefined) throw new Error('Ask a question first.');
    const begun = performance.now();
    const pair = { prompt: [...this.#prompt], chosen: chosen.tokens, rejected: rejected.tokens };
    const { step, loss, metrics } = await this.#training.step([pair]);
    const margin = (metrics['rewards/margins'] ?? Number.NaN) / BETA;
    return { step, loss, margin, seconds: (performance.now() - begun) / 1000 };
  }

  /** What was learned, as files of PEFT. */
  keep(): ReturnType<typeof adapterFiles> {
    return adapterFiles(this.#model, this.#adapter);
  }

  facts(): Facts {
    const { wasm } = tf.backend() as { wasm?: { HEAPU8: Uint8Array } };
    return {
      backend: this.#backend,
      parameters: [...this.#model.parameters.values()].reduce((sum, { size }) => sum + size, 0),
      tensorBytes: tf.memory().numBytes,
      wasmBytes: wasm?.HEAPU8.length ?? 0,
    };
  }

  dispose(): void {
    this.#training.dispose();
    this.#adapter.merge();
    this.#model.dispose();
  }
}
