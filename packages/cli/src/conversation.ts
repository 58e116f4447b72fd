import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Chat, ChatAnswer } from '@ais/pipeline';
import { AisError } from '@ais/runtime/errors';
import { INTERRUPTED } from './exit-status.js';
import { listenToSignals } from './interruption.js';
import { printable } from './printable.js';

/** Where a conversation is held. */
export interface ConversationStreams {
  /** The user's words, one line per turn; on a terminal, with a prompt, and errors about one turn do not end the conversation. */
  readonly input: Readable & { readonly isTTY?: boolean };
  /** The stream that the answers of the model go to. */
  readonly answers: Pick<Writable, 'write'>;
  /** Everything else. */
  readonly remarks: Writable;
}

const HELP = `/reset forgets the conversation, /exit or Ctrl+D ends it, and Ctrl+C stops an answer.
`;

/** Errors about what was said; the conversation continues without it. */
const OF_ONE_TURN: readonly string[] = ['conversation-too-long', 'chat-template-failed'];

/**
 * Lets a model answer line by line until the input ends.
 *
 * Ctrl+C stops the answer, and while there is none ends the conversation. Without a terminal it ends both.
 *
 * @returns the answers
 */
export async function converse(
  chat: Chat,
  { input, answers, remarks }: ConversationStreams,
): Promise<readonly ChatAnswer[]> {
  const isTerminal = input.isTTY === true;
  const lines = createInterface({
    input,
    ...(isTerminal && { output: remarks, prompt: '> ' }),
    terminal: isTerminal,
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let answering: AbortController | undefined;
  const interrupt = (): void => {
    if (answering === undefined) lines.close();
    else if (answering.signal.aborted) process.exit(INTERRUPTED);
    else answering.abort();
  };
  // A terminal that readline reads gives it the key; a signal may come from elsewhere as well.
  lines.on('SIGINT', interrupt);
  const end = (): void => {
    lines.close();
    answering?.abort();
  };
  const release = listenToSignals((signal) => (signal === 'SIGINT' ? interrupt() : end()));
  const all: ChatAnswer[] = [];
  try {
    if (isTerminal) remarks.write(HELP);
    if (isTerminal) lines.prompt();
    for await (const line of lines) {
      const said = line.trim();
      if (said === '/exit') break;
      if (said === '/reset') chat.reset();
      else if (said === '/help') remarks.write(HELP);
      else if (said !== '') {
        answering = new AbortController();
        const { signal } = answering;
        try {
          const answer = await chat.say(line, {
            signal,
            onText: (text) => answers.write(printable(text)),
          });
          all.push(answer);
          answers.write('\n');
          const remark = remarkOn(answer, chat);
          if (remark !== undefined) remarks.write(`[${remark}]\n`);
          if (!isTerminal) signal.throwIfAborted();
        } catch (error) {
          const isOfTurn = error instanceof AisError && OF_ONE_TURN.includes(error.code);
          if (!isTerminal || !isOfTurn) throw error;
          remarks.write(`${printable(error.message)}\n`);
        } finally {
          answering = undefined;
        }
      }
      if (isTerminal) lines.prompt();
    }
  } finally {
    release();
    lines.close();
  }
  return all;
}

function remarkOn({ end, tokens }: ChatAnswer, { contextTokens }: Chat): string | undefined {
  switch (end) {
    case 'length':
      return `cut off after ${tokens} tokens: --max-new-tokens`;
    case 'context':
      return `cut off: the conversation fills the model's context of ${contextTokens} tokens. Start over with /reset`;
    case 'stopped':
      return 'stopped';
    case 'itself':
      return undefined;
  }
}
