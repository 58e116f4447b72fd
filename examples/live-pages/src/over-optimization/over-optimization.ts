import { button } from '../page/button.js';
import { chart, type Series } from '../page/chart.js';
import { element } from '../page/element.js';
import { type Mount, replaceContent } from '../page/mount.js';
import { percent } from '../page/numbers.js';
import { onceAFrame } from '../page/redraw.js';
import { table } from '../page/table.js';
import {
  betas,
  type Exponent,
  exponents,
  type MeasuredPolicy,
  type Method,
  methods,
  riseAndFall,
  settings,
} from './choice.js';
import { promptText, responseText } from './letters.js';
import type { Reply, Request } from './worker.js';
import '../page/page.css';

/** DPO and AIS-DPO, trained side by side in the page. */
export const mount: Mount = (place) => {
  let worker: Worker | undefined;
  let paused = false;
  let measured: MeasuredPolicy[] = [];

  const seed = element('input', {
    type: 'number',
    value: 1,
    min: 0,
    max: 999_999,
    step: 1,
    inputmode: 'numeric',
  });
  const beta = choice(betas.map(String), '0.01');
  const alpha = choice(exponents, '1/|y|');
  const start = button('Train both', begin);
  const hold = button('Pause', () => {
    paused = !paused;
    hold.textContent = paused ? 'Continue' : 'Pause';
    ask({ kind: paused ? 'pause' : 'continue' });
  });
  hold.disabled = true;
  const progress = element('progress', { max: 1, value: 0, 'aria-label': 'How far the training is' });
  const status = element(
    'p',
    { role: 'status' },
    'Nothing is trained yet. It takes about a minute, on this machine alone.',
  );
  const rate = {
    label: 'win rate',
    domain: [0, 1],
    format: (value: number) => `${Math.round(100 * value)} %`,
  } as const;
  const frontier = chart({
    title: 'Win rate against √KL',
    x: { label: '√KL(π_θ‖π_ref), √nats' },
    y: rate,
  });
  const along = chart({
    title: 'Win rate along the training',
    x: { label: 'updates', domain: [0, settings.preference.steps], format: String },
    y: rate,
  });
  const numbers = table('Numbers', ['', 'updates', '√KL', 'win rate', '95 % interval', 'mean score']);
  const samples = table('Samples', ['prompt', 'reference', ...methods]);
  const redraw = onceAFrame(draw);

  function ask(request: Request): void {
    worker?.postMessage(request);
  }

  function begin(): void {
    worker?.terminate();
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<Reply>) => hear(data));
    worker.addEventListener('error', ({ message }) => say(message || 'The worker does not start.', true));
    [measured, paused] = [[], false];
    hold.textContent = 'Pause';
    hold.disabled = false;
    start.textContent = 'Start over';
    progress.value = 0;
    say('Loading…');
    draw();
    const whole = Number.isSafeInteger(seed.valueAsNumber) ? seed.valueAsNumber : 1;
    ask({ kind: 'train', choice: { seed: whole, beta: Number(beta.value), alpha: alpha.value as Exponent } });
  }

  function say(text: string, failed = false): void {
    status.textContent = text;
    status.classList.toggle('live-failed', failed);
    if (failed) hold.disabled = true;
  }

  function hear(reply: Reply): void {
    switch (reply.kind) {
      case 'started':
        say('The reference learns from a writer who stops early…');
        break;
      case 'reference':
        progress.value = (0.2 * reply.done) / reply.of;
        break;
      case 'pairs':
        say(
          `The reference scores ${reply.score.toFixed(2)}; 0 is perfect. Both methods learn from the same ${reply.pairs} pairs of its responses, ` +
            `of which ${reply.flipped} are labeled the wrong way round…`,
        );
        break;
      case 'preference':
        progress.value = 0.2 + (0.8 * reply.done) / reply.of;
        break;
      case 'measured':
        measured.push(reply);
        redraw();
        break;
      case 'failed':
        say(reply.message, true);
        break;
      case 'done':
        hold.disabled = true;
        say(methods.map((method) => verdict(method, of(method))).join(' '));
        break;
    }
  }

  const of = (method: Method): MeasuredPolicy[] => measured.filter((own) => own.method === method);

  function draw(): void {
    const curves = (x: (own: MeasuredPolicy) => number): Series[] =>
      methods.map((method, index) => ({
        name: method,
        style: index + 1,
        as: 'trail',
        points: of(method).map((own) => ({ x: x(own), y: own.winRate.rate })),
      }));
    const latest = methods.flatMap((method) => of(method).slice(-1));
    const description =
      latest.length === 0
        ? 'Nothing is measured yet.'
        : latest
            .map(
              ({ method, step, winRate, squareRootKl }) =>
                `${method} after ${step} updates: win rate ${percent(winRate.rate)} at √KL ${squareRootKl.toFixed(2)}.`,
            )
            .join(' ');
    frontier.draw({ series: curves(({ squareRootKl }) => squareRootKl), at: { y: 0.5 }, description });
    along.draw({ series: curves(({ step }) => step), at: { y: 0.5 }, description });
    numbers.rows.replaceChildren(...latest.map(numbersOf));
    samples.rows.replaceChildren(...samplesOf(latest));
  }

  const remove = replaceContent(
    place,
    element(
      'fieldset',
      { class: 'live-controls' },
      element('legend', {}, 'What to train'),
      element('label', { class: 'live-field' }, 'β', beta),
      element('label', { class: 'live-field' }, 'α, the exponent of AIS', alpha),
      element('label', { class: 'live-field' }, 'Seed', seed),
    ),
    element('div', { class: 'live-buttons' }, start, hold),
    progress,
    status,
    element('div', { class: 'live-charts' }, frontier.element, along.element),
    numbers.element,
    samples.element,
  );
  draw();
  return () => {
    worker?.terminate();
    remove();
  };
};

function choice(values: readonly string[], chosen: string): HTMLSelectElement {
  return element(
    'select',
    {},
    ...values.map((value) => element('option', { value, selected: value === chosen }, value)),
  );
}

function numbersOf({ method, step, squareRootKl, winRate, score }: MeasuredPolicy): HTMLElement {
  const cells = [
    String(step),
    squareRootKl.toFixed(2),
    percent(winRate.rate),
    `${percent(winRate.low)} to ${percent(winRate.high)}`,
    score.toFixed(2),
  ];
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, method),
    ...cells.map((cell) => element('td', {}, cell)),
  );
}

/** What both policies write now, beside the reference. */
function samplesOf(latest: readonly MeasuredPolicy[]): HTMLElement[] {
  return (latest[0]?.samples ?? []).map(({ prompt, reference }, index) => {
    const responses = [reference, ...latest.map(({ samples }) => samples[index]?.response ?? [])];
    return element(
      'tr',
      { class: 'live-words' },
      element('th', { scope: 'row' }, promptText(prompt)),
      ...responses.map((tokens) => element('td', {}, responseText(tokens))),
    );
  });
}

function verdict(method: Method, measured: readonly MeasuredPolicy[]): string {
  const { peak, end, fall, significant } = riseAndFall(measured);
  const rise = `${method} rose to a win rate of ${percent(peak.rate)} at √KL ${peak.squareRootKl.toFixed(2)}`;
  if (fall === 0) return `${rise}, where it ended.`;
  const beyond = significant ? 'more than noise explains' : 'no more than noise explains';
  return `${rise} and fell to ${percent(end.rate)} at √KL ${end.squareRootKl.toFixed(2)}: ${beyond}.`;
}
