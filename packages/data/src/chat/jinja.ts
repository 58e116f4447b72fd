import { nodeBuiltinIfThere } from '@ais/runtime/files';
import { type BlockingThread, startBlockingThread } from '../threads/blocking-thread.js';
import { type JinjaAnswer, type JinjaRequest, renderJinja } from './render-jinja.js';

// In a variable, so that bundlers for browsers do not go after what is named beside it.
const here: string = import.meta.url;

let thread: BlockingThread | undefined;

/**
 * Renders a template, which is untrusted, in a thread that is ended where it takes too long or too much memory. One thread
 * serves all templates; starting it takes some hundredths of a second, once.
 *
 * Gotcha: browsers have no thread that can be waited for: there it runs in place, without a limit of time.
 *
 * @returns the texts, or what was wrong
 */
export function runJinja(request: JinjaRequest): JinjaAnswer {
  if (nodeBuiltinIfThere('node:worker_threads') === undefined) return renderJinja(request);
  if (!thread?.isUsable) {
    thread = startBlockingThread(new URL('./jinja-guard.js', here), {}, 'A chat template');
  }
  let answer: ReturnType<BlockingThread['ask']>;
  try {
    answer = thread.ask(request);
  } catch (error) {
    // What cannot be sent to another thread: lists within lists without end.
    return { fault: 'failed', detail: (error as Error).message };
  }
  const { result, error } = answer;
  if (error !== undefined) return { fault: 'failed', detail: error };
  return result as JinjaAnswer;
}
