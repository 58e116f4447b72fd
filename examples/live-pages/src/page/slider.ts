import { element } from './element.js';

export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** What the reader sees of a value; the number itself by default. */
  readonly format?: (value: number) => string;
  readonly onInput: () => void;
}

export interface Slider {
  readonly element: HTMLElement;
  value: number;
}

/** A labeled range with its value beside it; the keyboard's arrows move it as any range. */
export function slider({ label, format = String, onInput, ...range }: SliderOptions): Slider {
  const input = element('input', { type: 'range', ...range });
  const shown = element('output');
  const show = (): void => {
    shown.textContent = format(input.valueAsNumber);
    input.setAttribute('aria-valuetext', shown.textContent);
  };
  input.addEventListener('input', () => {
    show();
    onInput();
  });
  show();
  return {
    element: element('label', { class: 'live-slider' }, element('span', {}, label), shown, input),
    get value() {
      return input.valueAsNumber;
    },
    set value(value) {
      input.valueAsNumber = value;
      show();
    },
  };
}
