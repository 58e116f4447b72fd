// Trains with some seeds in Node and prints what became of each, for docs/decisions/live-pages.md:
//   npx -y pnpm --filter @ais/live-pages measure FIRST_SEED LAST_SEED [BETA] [ALPHA]
import { compareAtKl } from '@ais/gold-eval';
import { useBackend } from '@ais/runtime';
import { type Exponent, exponents, type MeasuredPolicy, methods, riseAndFall } from './choice.js';
import { promptText, responseText } from './letters.js';
import { train } from './training.js';

const [first = '1', last = first, beta = '0.01', named = '1/|y|'] = process.argv.slice(2);
const alpha = exponents.find((exponent): exponent is Exponent => exponent === named);
if (alpha === undefined) throw new Error(`ALPHA must be one of ${exponents.join(', ')}, got ${named}.`);
await useBackend('wasm');
for (let seed = Number(first); seed <= Number(last); seed++) {
  const begun = process.cpuUsage();
  const measured = new Map<string, MeasuredPolicy[]>(methods.map((method) => [method, []]));
  let start = '';
  for await (const event of train({ seed, beta: Number(beta), alpha })) {
    if (event.kind === 'pairs')
      start = `${event.pairs} pairs, ${event.flipped} flipped, the reference scores ${event.score.toFixed(2)}`;
    if (event.kind === 'measured') measured.get(event.method)?.push(event);
  }
  const { user, system } = process.cpuUsage(begun);
  console.log(`seed ${seed}: ${start}; ${((user + system) / 1e6).toFixed(0)} s of processor time`);
  for (const [method, points] of measured) {
    const { peak, peakIndex, end, fall, significant } = riseAndFall(points);
    const curve = points.map(({ winRate }) => (100 * winRate.rate).toFixed(0)).join(' ');
    console.log(
      `  ${method}: peak ${(100 * peak.rate).toFixed(1)} % at √KL ${peak.squareRootKl.toFixed(2)} (point ${peakIndex}), ` +
        `end ${(100 * end.rate).toFixed(1)} % at √KL ${end.squareRootKl.toFixed(2)}, fall ${(100 * fall).toFixed(1)}${significant ? ' *' : ''}`,
    );
    console.log(`    ${curve}`);
    const written = points.at(-1)?.samples ?? [];
    console.log(
      `    ${written.map(({ prompt, response }) => `${promptText(prompt)}→${responseText(response)}`).join('  ')}`,
    );
  }
  const points = (method: string) =>
    (measured.get(method) ?? []).map(({ step, squareRootKl, winRate, outcomes }) => ({
      fraction: step,
      squareRootKl,
      outcomes,
      rate: winRate.rate,
      n: winRate.n,
    }));
  const compared = compareAtKl(points('AIS-DPO'), points('DPO'));
  if (compared)
    console.log(
      `  AIS-DPO less DPO at √KL ${compared.squareRootKl.toFixed(2)}: ${(100 * compared.difference).toFixed(1)} points (${(100 * compared.low).toFixed(1)} to ${(100 * compared.high).toFixed(1)})`,
    );
}
