import { isPolicyStudy, type StudyData } from '../data/study-data.js';
import { duration } from '../report/number-format.js';

/** The verdicts in short. */
export const verdictsInShort: string =
  'Each claim is shown, refuted, equivalent (no difference larger than 2 points), or open: the data are too few to say.';

/** How the verdicts on a page are to be read. */
export const verdictsExplained: string =
  'A claim is one sentence, one number, and one bound, chosen before the study was run (`docs/decisions/studies.md` has the exceptions). ' +
  'It is shown if the number’s whole interval lies on the bound’s side, and refuted if it lies on the other. The interval is over seeds of ' +
  'preference training and prompts, at 95 %, or closer to 100 % where a study is looked at several times; it is for one SFT policy and one ' +
  'judge. With one seed every claim stays open, for nothing is known about the luck of training. A claim that was made up after its number ' +
  'had been seen is marked “found afterwards”, and needs seeds of its own.';

/** What the commands on a page need. */
export const howToRun: string =
  'The commands are those of `@ais/cli` (in this workspace `node packages/cli/dist/bin.js study …`). The native back end is installed by ' +
  '`ais native install`, and the Debian text comes from the lists of apt (`apt-get update -o Acquire::Languages=en`), so that another release is another ' +
  'text: its SHA-256 is among the circumstances. Data and figures go to a folder under `runs/`, or that of `--out`; `ais report <folders> --out <folder>` makes one page of several.';

/** Machine time of all studies of a page, shared stages counted once. */
export function timeOfAll(studies: readonly StudyData[]): string {
  const seconds = new Map<string, number>();
  for (const study of studies) {
    if (!isPolicyStudy(study)) continue;
    for (const stage of study.stages) seconds.set(stage.key, stage.seconds);
  }
  const total = [...seconds.values()].reduce((sum, value) => sum + value, 0);
  return `Studies share stages, so that their times do not add up: all ${seconds.size} stages together took ${duration(total)}.`;
}
