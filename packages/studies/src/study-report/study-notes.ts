import { isMixtureStudy, type StudyData } from '../data/study-data.js';
import { duration } from '../report/number-format.js';

/** How the verdicts on a page are to be read. */
export const verdictsExplained: string =
  'When a claim counts as seen is part of its study, decided before it was run (`docs/decisions/studies.md` has the exceptions), and ' +
  'the whole 95 % interval has to show it: over seeds of preference training and prompts, for one SFT policy and one gold model. “Does not hold” alone ' +
  'means that the numbers contradict the claim, in every part; “in part perhaps”, that they contradict it as it is stated. “Not settled”: more seeds could ' +
  'change the verdict, because an interval reaches across, or because there is one seed, with which a claim holds in part at most. Whether a ' +
  'win rate falls since its peak is asked at the confidence that the choice of the peak demands, which with three seeds only a large fall meets.';

/** What the commands on a page need. */
export const howToRun: string =
  'The commands are those of `@ais/cli` (in this workspace `node packages/cli/dist/bin.js study …`). The native back end is installed by ' +
  '`ais native install`, and the Debian text comes from the lists of apt (`apt-get update -o Acquire::Languages=en`), so that another release is another ' +
  'text: its SHA-256 is among the circumstances. Data and figures go to a folder under `runs/`, or that of `--out`; `ais report <folders> --out <folder>` makes one page of several.';

/** Machine time of all studies of a page, shared stages counted once. */
export function timeOfAll(studies: readonly StudyData[]): string {
  const seconds = new Map<string, number>();
  for (const study of studies) {
    if (isMixtureStudy(study)) continue;
    for (const stage of study.stages) seconds.set(stage.key, stage.seconds);
  }
  const total = [...seconds.values()].reduce((sum, value) => sum + value, 0);
  return `Studies share stages, so that their times do not add up: all ${seconds.size} stages together took ${duration(total)}.`;
}
