import { type ChatTemplate, createChatTemplate, type Message } from '@ais/data/chat';
import { streamText } from '@ais/data/tokenizer';
import { loadPretrained } from '@ais/language-model';
import { modelFolder } from '../corpus/model-folder.js';
import { openModelText } from '../corpus/model-text.js';
import { PipelineError } from '../errors.js';
import type { Settings } from '../settings/command-settings.js';
import { isLanguageModel } from '../settings/model-settings.js';
import { requireSettings } from '../settings/read-settings.js';

/** A conversation with a model. */
export interface Chat {
  /** What renders the conversation. */
  readonly template: string;
  /** Tokens that the model reads at most, an answer included. */
  readonly contextTokens: number;
  /** The messages so far, the system's first if there is one. */
  readonly messages: readonly Message[];
  /**
   * Says something and gives the model's answer, which both join the conversation. What was said without an answer, because it
   * failed or was stopped before its first token, does not.
   *
   * @throws {PipelineError} `conversation-too-long` if the context has no room for an answer; the conversation stays as it was
   * @throws {DataError} `chat-template-failed` if the template refuses the conversation
   */
  say(content: string, options?: SayOptions): Promise<ChatAnswer>;
  /** Forgets the conversation but for the system message. */
  reset(): void;
  dispose(): void;
}

/** Options of `say` of a conversation. */
export interface SayOptions {
  /** Called with each piece of the answer as it comes: whole characters. */
  readonly onText?: (text: string) => void;
  /** Stops the answer where it is; what there is of it is the answer. */
  readonly signal?: AbortSignal;
}

/** Options of `openChat`. */
export interface OpenChatOptions {
  /** The day that the template is told, in the local time zone; today by default. */
  readonly today?: Date;
}

/** An answer of the model in a conversation. */
export interface ChatAnswer {
  readonly text: string;
  /** Without the one that ends it. */
  readonly tokens: number;
  /** Why it ends: by itself, at `maxNewTokens`, where the context is full, or because it was stopped. */
  readonly end: 'itself' | 'length' | 'context' | 'stopped';
}

/**
 * Opens a conversation with a model, rendered by the model's own chat template. Each answer reads the whole conversation
 * again, as the template renders it. A template that asks for the date (Llama 3, SmolLM3) gets today's, unless its file has one; text to
 * learn from has a fixed one.
 *
 * @throws {PipelineError} `invalid-setting` for a model behind an endpoint, `missing-setting` for a model without a chat template
 * @throws {DataError} `chat-template-failed`, `invalid-chat-template` if the template cannot render a first question
 * @throws what `findModel` and `loadPretrained` throw
 * @example
 * const chat = await openChat({ model: 'smollm2-135m-instruct', seed: 1, temperature: 0, maxNewTokens: 64 });
 * const { text } = await chat.say('What is the capital of France?');
 */
export async function openChat(
  settings: Settings<'chat'>,
  { today = new Date() }: OpenChatOptions = {},
): Promise<Chat> {
  requireSettings('chat', settings);
  const { model: name, system, temperature, topK, topP, maxNewTokens, seed } = settings;
  if (isLanguageModel(name)) {
    throw new PipelineError(
      'invalid-setting',
      `model: ${name} is behind an endpoint, but ais chat talks only with models that run here. Name a run, a folder, a GGUF file, or owner/name on the Hub.`,
      { key: 'model' },
    );
  }
  const folder = await modelFolder(name);
  const { tokenizer, chatTemplate: stored } = await openModelText(folder, settings);
  if (stored === undefined) {
    throw new PipelineError(
      'missing-setting',
      `${name} has no chat template, so nothing says how it reads a conversation. Name one with --chat-template: chatml, or a .jinja file. A model that has not learned conversations answers better to ais generate.`,
      { key: 'chatTemplate' },
    );
  }
  const chatTemplate = onDay(stored, today);
  const start: readonly Message[] = system === undefined ? [] : [{ role: 'system', content: system }];
  const render = (messages: readonly Message[]): number[] =>
    tokenizer.encode(chatTemplate.render(messages, { addGenerationPrompt: true }));
  // A template that fails does so before the weights are read.
  render([...start, { role: 'user', content: 'Hello' }]);
  const model = await loadPretrained(folder, { tokenizer });
  const { maxPositions, endOfTextTokens } = model.configuration;
  let messages = start;
  let turn = 0;
  return {
    template: chatTemplate.name,
    contextTokens: maxPositions,
    get messages() {
      return messages;
    },
    async say(content, { onText, signal } = {}) {
      const asked: readonly Message[] = [...messages, { role: 'user', content }];
      const prompt = render(asked);
      const room = maxPositions - prompt.length;
      if (room < 1) {
        throw new PipelineError(
          'conversation-too-long',
          `The conversation has ${prompt.length} tokens, and the model's context has ${maxPositions}: there is no room for an answer. ` +
            'Say less, or start over (/reset).',
        );
      }
      const stream = streamText(tokenizer, prompt);
      let text = '';
      let tokens = 0;
      const give = (piece: string): void => {
        if (piece === '') return;
        text += piece;
        onText?.(piece);
      };
      let finished = false;
      try {
        const [generation] = await model.generate([prompt], {
          temperature,
          seed,
          streams: [turn],
          maxNewTokens: Math.min(maxNewTokens, room),
          ...(topK !== undefined && { topK }),
          ...(topP !== undefined && { topP }),
          ...(signal && { signal }),
          onToken: ({ token }) => {
            if (endOfTextTokens.includes(token)) return;
            tokens++;
            give(stream.push(token));
          },
        });
        finished = generation?.finished === true;
      } catch (error) {
        if (!signal?.aborted) throw error;
      }
      turn++;
      // An answer that was cut within a character ends before it.
      if (finished) give(stream.end());
      const stopped = !finished && signal?.aborted === true;
      if (tokens > 0 || !stopped) messages = [...asked, { role: 'assistant', content: text }];
      const cut = room < maxNewTokens ? 'context' : 'length';
      return { text, tokens, end: finished ? 'itself' : stopped ? 'stopped' : cut };
    },
    reset() {
      messages = start;
    },
    dispose: () => model.dispose(),
  };
}

/** The template, telling a day where its file has none. */
function onDay(template: ChatTemplate, day: Date): ChatTemplate {
  const file = template.toJSON();
  const [month, date] = [day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0'));
  return createChatTemplate({ date: `${day.getFullYear()}-${month}-${date}`, ...file });
}
