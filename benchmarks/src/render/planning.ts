import { describePlatform, type PlannedStep, type PlanningResult } from '../benchmarks/planning.js';
import { conditions, digits, gigabytes, table } from './markdown.js';

/** Pairs that a plan is made for. */
const PAIRS = 10_000;

/** What WebAssembly can address. */
const WASM_BYTES = 2 ** 32;

export function renderPlanning(result: PlanningResult): string {
  const { settings, steps } = result;
  const { pairs, promptTokens, responseTokens, lora, platforms, models } = settings;
  const rows = models.flatMap((model) =>
    [false, true].map((isLora) => {
      const own = steps.filter((step) => step.model === model && step.lora === isLora);
      return [
        model,
        digits((own[0]?.parameters ?? Number.NaN) / 1e6),
        isLora ? `LoRA of rank ${lora}` : 'all parameters',
        ...own.map((step) => cost(step, pairs)),
      ];
    }),
  );
  return [
    '## What a step costs',
    '',
    `A preference step of ${pairs} pairs (prompts of ${promptTokens} tokens and responses of ${responseTokens} on average), with random weights ` +
      'in float32: gradients, clipping, and AdamW. In each cell: seconds per step, the peak of the process’s memory, and hours for ' +
      `${PAIRS.toLocaleString('en')} pairs once, to which the reference’s one pass over them is to be added. ` +
      '≈ is computed: operations at the rate of the largest model that was measured on the same back end, and memory by a line through ' +
      'those that were. Time is about linear in the tokens.',
    '',
    table(
      [
        'model',
        'parameters, millions',
        'trained',
        ...platforms.map((platform) => describePlatform(platform)),
      ],
      rows,
    ),
    '',
    conditions(result),
  ].join('\n');
}

function cost({ how, backend, seconds, peakMemoryBytes }: PlannedStep, pairs: number): string {
  if (how === 'failed') return 'does not run';
  if (how === 'computed' && backend === 'wasm' && peakMemoryBytes > WASM_BYTES) return 'more than 4 GB';
  const hours = (seconds * PAIRS) / pairs / 3600;
  const mark = how === 'computed' ? '≈ ' : '';
  return `${mark}${digits(seconds)} s, ${gigabytes(peakMemoryBytes)} GB, ${digits(hours)} h`;
}
