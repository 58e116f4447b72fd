import { button } from '../page/button.js';
import { element } from '../page/element.js';
import { type Mount, replaceContent } from '../page/mount.js';
import { type Reply, type Request, type Side, sides } from './messages.js';
import '../page/page.css';

const TITLES: Readonly<Record<Side, string>> = {
  before: 'Before alignment',
  after: 'After alignment',
};

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

/** One question to a model before and after its alignment. */
export const mount: Mount = (place) => {
  const inputs = new Map(sides.map((side) => [side, sourceInputs(side)]));
  const answers = new Map(sides.map((side) => [side, answerBox(side)]));
  const question = element('textarea', { rows: 2, required: true });
  question.value = 'Say in one sentence what a lighthouse is for.';
  const backend = element(
    'select',
    {},
    element('option', { value: '' }, 'the fastest that works'),
    element('option', { value: 'webgpu' }, 'WebGPU'),
    element('option', { value: 'wasm' }, 'WASM'),
  );
  const submit = element('button', {}, 'Answer');
  const cancel = button('Cancel', () => ask({ kind: 'cancel' }));
  cancel.disabled = true;
  const progress = element('progress', { max: 1, value: 0, 'aria-label': 'How much of the model is loaded' });
  const status = element('p', { role: 'status' }, 'Give the address or the files of at least one model.');

  let worker: Worker | undefined;
  const ask = (request: Request): void => worker?.postMessage(request);

  const form = element(
    'form',
    {},
    ...sides.map((side) => inputs.get(side)?.element ?? ''),
    element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, 'Question'),
      element('label', { class: 'live-field' }, 'What both are asked', question),
      element('label', { class: 'live-field' }, 'Computed by', backend),
    ),
    element('div', { class: 'live-buttons' }, submit, cancel),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const models = sides.flatMap((side) => {
      const source = inputs.get(side)?.source();
      return source === undefined ? [] : [{ side, source }];
    });
    if (models.length === 0) {
      say('Give the address or the files of a model first.', true);
      return;
    }
    worker ??= startWorker();
    for (const own of answers.values()) own.text.textContent = '';
    submit.disabled = true;
    cancel.disabled = false;
    say('Loading…');
    ask({ kind: 'answer', question: question.value, models, backend: backend.value || undefined });
  });

  function startWorker(): Worker {
    const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', ({ data }: MessageEvent<Reply>) => hear(data));
    started.addEventListener('error', ({ message }) => finish(message || 'The worker does not start.', true));
    return started;
  }

  function say(text: string, failed = false): void {
    status.textContent = text;
    status.classList.toggle('live-failed', failed);
  }

  function finish(text: string, failed = false): void {
    submit.disabled = false;
    cancel.disabled = true;
    say(text, failed);
  }

  function hear(reply: Reply): void {
    switch (reply.kind) {
      case 'loading':
        progress.value = reply.receivedBytes / reply.totalBytes;
        say(`${TITLES[reply.side]}: ${megabytes(reply.receivedBytes)} of ${megabytes(reply.totalBytes)}`);
        break;
      case 'text':
        for (const [side, { text }] of answers) if (side === reply.side) text.textContent = reply.text;
        break;
      case 'answered':
        say(
          `${TITLES[reply.side]}: ${reply.tokens} tokens in ${reply.seconds.toFixed(1)} seconds, ` +
            `${(reply.tokens / reply.seconds).toFixed(1)} per second.`,
        );
        break;
      case 'failed':
        finish(reply.message, true);
        break;
      case 'done':
        finish(`${status.textContent} Computed by ${reply.backend}.`);
        break;
    }
  }

  const remove = replaceContent(
    place,
    form,
    progress,
    status,
    element('div', { class: 'live-answers' }, ...[...answers.values()].map((own) => own.element)),
  );
  return () => {
    worker?.terminate();
    remove();
  };
};

interface SourceInputs {
  readonly element: HTMLElement;
  /** What was given; files before an address. */
  source(): string | readonly File[] | undefined;
}

function sourceInputs(side: Side): SourceInputs {
  const address = element('input', {
    type: 'text',
    placeholder: 'https://…/model.gguf',
    autocomplete: 'off',
  });
  const files = element('input', { type: 'file', multiple: true });
  return {
    element: element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, TITLES[side]),
      element('label', { class: 'live-field' }, 'Address of a model', address),
      element('label', { class: 'live-field' }, 'or its files', files),
    ),
    source() {
      if (files.files?.length) return [...files.files];
      const given = address.value.trim();
      if (given === '') return undefined;
      // A worker has no address of its own to which another is relative.
      return /^\.{0,2}\//.test(given) ? new URL(given, location.href).href : given;
    },
  };
}

function answerBox(side: Side): { readonly element: HTMLElement; readonly text: HTMLElement } {
  const text = element('p', { class: 'live-answer', 'aria-live': 'off' });
  return { element: element('section', {}, element('h3', {}, TITLES[side]), text), text };
}
