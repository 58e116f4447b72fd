import type { PreferenceResult, SideResult } from '../benchmarks/preference.js';
import { conditions, digits, gigabytes, percent, table, times, withRange } from './markdown.js';

export function renderPreference(result: PreferenceResult): string {
  const { ours, trl, trlFastest, parts, importance, settings } = result;
  const contenders: [SideResult, string][] = [
    [ours, `ours, \`${result.backend}\``],
    ...Object.entries(trl).map(([name, side]): [SideResult, string] => [
      side,
      side.title + (name === trlFastest ? ' (fastest)' : ''),
    ]),
  ];
  const { lora, model } = settings;
  const isUsual = model !== 'smollm2';
  const lengths = isUsual
    ? "TL;DR's lengths"
    : "a chat's lengths (150 prompt and 60 response tokens on average)";
  return [
    `## Preference step${isUsual ? '' : `, ${model}`}${lora === undefined ? '' : `, LoRA of rank ${lora}`}`,
    '',
    `A step of DPO on ${settings.pairs} pairs of ${lengths} (${digits(result.tokens)} tokens, each prompt once) with a random ` +
      `${model}, float32 on both sides: forward, backward, clipping, AdamW, as \`trainPreference\` and TRL's ` +
      '`DPOTrainer` take it' +
      `${lora === undefined ? '' : ', with adapters of all matrices of all blocks'}. Medians, with the extremes, of ` +
      `${ours.stepSeconds.values.length} steps after a warm-up.`,
    '',
    table(
      [
        '',
        'seconds per step',
        ...(ours.processorSeconds ? ['CPU seconds'] : []),
        'pairs/s',
        'tokens/s',
        'peak memory, GB',
        'share of sgemm',
        'ours is',
        'of its memory',
      ],
      contenders.map(([side, title]) => [
        title,
        withRange(side.stepSeconds),
        ...(side.processorSeconds ? [withRange(side.processorSeconds)] : []),
        digits(side.pairsPerSecond),
        digits(side.tokensPerSecond),
        gigabytes(side.peakMemoryBytes),
        percent(side.shareOfSgemm),
        side === ours ? '' : `${times(ours.pairsPerSecond / side.pairsPerSecond)} as fast`,
        side === ours ? '' : percent(ours.peakMemoryBytes / side.peakMemoryBytes),
      ]),
    ),
    '',
    'Share of sgemm: the operations that the step needs (matrix products; prompts once, no padding, the head on response ' +
      `tokens, no recomputation) over its time, against the rate of a ${settings.sgemmSize}² float32 product in the same process: ` +
      `${digits(ours.sgemmRate / 1e9)} GFLOP/s for ours.`,
    '',
    `Of our step, forward and backward take ${withRange(parts.gradientSeconds)} s, at ${percent(parts.shareOfSgemm.median)} ` +
      `(${percent(parts.shareOfSgemm.minimum)}–${percent(parts.shareOfSgemm.maximum)}) of the rate measured beside them, and the ` +
      `update ${withRange(parts.updateSeconds)} s.`,
    '',
    `Importance weights add ${percent(importance.overhead.median, 3)} of a step ` +
      `(${percent(importance.overhead.minimum, 3)} to ${percent(importance.overhead.maximum, 3)}): the objective takes ` +
      `${digits(1e3 * importance.objectiveSeconds.weightedDpo.median)} ms with them and ` +
      `${digits(1e3 * importance.objectiveSeconds.dpo.median)} ms without. Whole steps in turn, with them over without: ` +
      `${importance.stepRatio.median.toFixed(3)} (${importance.stepRatio.minimum.toFixed(3)}–${importance.stepRatio.maximum.toFixed(3)}).`,
    '',
    conditions(result),
  ].join('\n');
}
