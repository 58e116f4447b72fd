import type { Reply, Request } from './messages.js';
import type { Facts } from './session.js';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const ask = (request: Request): void => worker.postMessage(request);

function element<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

const [address, files, backend] = [
  element<HTMLInputElement>('address'),
  element<HTMLInputElement>('files'),
  element<HTMLSelectElement>('backend'),
];
const progress = element<HTMLProgressElement>('progress');
const cancel = element<HTMLButtonElement>('cancel');
const answer = element<HTMLButtonElement>('answer');
const keep = element<HTMLButtonElement>('keep');
const answers = element('answers');
const status = element('status');

function say(text: string, failed = false): void {
  status.textContent = text;
  status.classList.toggle('failed', failed);
}

/** An adapter that an earlier visit kept may come with a model's files, or with an address. */
const isOfAdapter = ({ name }: File): boolean => name.startsWith('adapter_');

function load(given: readonly File[]): void {
  const adapter = given.filter(isOfAdapter);
  const source = given.length > adapter.length ? given.filter((file) => !isOfAdapter(file)) : address.value;
  say('Loading…');
  cancel.disabled = false;
  answer.disabled = true;
  keep.disabled = true;
  answers.replaceChildren();
  // A worker has no address of its own to which another is relative.
  const absolute = typeof source === 'string' && /^\.{0,2}\//.test(source);
  ask({
    kind: 'load',
    source: absolute ? new URL(source, location.href).href : source,
    adapter: adapter.length > 0 ? adapter : undefined,
    backend: backend.value || undefined,
  });
}

element('load').addEventListener('submit', (event) => {
  event.preventDefault();
  load([...(files.files ?? [])]);
});
cancel.addEventListener('click', () => ask({ kind: 'cancel' }));
keep.addEventListener('click', () => ask({ kind: 'keep' }));

document.addEventListener('dragover', (event) => {
  event.preventDefault();
  document.body.classList.add('dropping');
});
document.addEventListener('dragleave', () => document.body.classList.remove('dropping'));
document.addEventListener('drop', (event) => {
  event.preventDefault();
  document.body.classList.remove('dropping');
  const dropped = [...(event.dataTransfer?.files ?? [])];
  if (dropped.length > 0) load(dropped);
});

element('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  answer.disabled = true;
  say('Answering…');
  answers.replaceChildren(answerBox(0), answerBox(1));
  ask({ kind: 'answer', question: element<HTMLTextAreaElement>('question').value });
});

function answerBox(index: number): HTMLElement {
  const box = document.createElement('section');
  box.className = 'answer';
  const better = document.createElement('button');
  better.textContent = 'This one is better';
  better.disabled = true;
  better.addEventListener('click', () => {
    for (const button of answers.querySelectorAll('button')) button.disabled = true;
    answer.disabled = true;
    say('Learning…');
    ask({ kind: 'prefer', better: index });
  });
  box.append(document.createElement('p'), better);
  return box;
}

function enableChoices(): void {
  for (const button of answers.querySelectorAll('button')) button.disabled = false;
}

function download(name: string, content: Uint8Array<ArrayBuffer>): void {
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(new Blob([content]));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

function showFacts({ backend, parameters, tensorBytes, wasmBytes }: Facts): void {
  const facts = {
    'Back end': backend,
    Parameters: parameters.toLocaleString('en'),
    Tensors: megabytes(tensorBytes),
    ...(wasmBytes > 0 && { 'WASM memory': megabytes(wasmBytes) }),
  };
  element('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([name, value]) => {
      const [term, definition] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      definition.textContent = value;
      return [term, definition];
    }),
  );
}

worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => {
  switch (data.kind) {
    case 'progress':
      progress.value = data.receivedBytes / data.totalBytes;
      say(`Loading… ${megabytes(data.receivedBytes)} of ${megabytes(data.totalBytes)}`);
      return;
    case 'text': {
      const paragraph = answers.children[data.answer]?.querySelector('p');
      if (paragraph) paragraph.textContent = data.text;
      return;
    }
    case 'kept':
      for (const [name, content] of data.files) download(name, content);
      say(
        'Downloaded as an adapter. Choose its two files with the model, or beside its address, to go on from there.',
      );
      return;
    case 'failed':
      cancel.disabled = true;
      answer.disabled = !data.isLoaded;
      // The answers are still there, and one of them is better.
      if (data.asked === 'prefer') enableChoices();
      say(data.message, true);
      return;
    case 'loaded':
      cancel.disabled = true;
      progress.value = 1;
      say(`Loaded in ${data.seconds.toFixed(1)} seconds.`);
      break;
    case 'answered': {
      const { tokens, seconds } = data.answered;
      enableChoices();
      say(
        `${tokens} tokens in ${seconds.toFixed(2)} seconds: ${(tokens / seconds).toFixed(1)} tokens per second.`,
      );
      break;
    }
    case 'learned': {
      const { step, loss, margin, seconds } = data.learned;
      enableChoices();
      keep.disabled = false;
      say(
        `Step ${step} in ${seconds.toFixed(2)} seconds: loss ${loss.toFixed(4)}, margin ${margin.toFixed(3)} nats.`,
      );
      break;
    }
  }
  answer.disabled = false;
  showFacts(data.facts);
});
worker.addEventListener('error', ({ message }) => say(message, true));
