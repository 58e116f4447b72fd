import {
  type Claim,
  isExactStudy,
  isMixtureStudy,
  isPolicyStudy,
  type StudyData,
} from '../data/study-data.js';
import { duration } from '../report/number-format.js';

/** The verdicts in short. */
export const verdictsInShort: string =
  'Each claim is shown, refuted, equivalent (no difference larger than 2 points), or open: the data are too few to say.';

/** How the verdicts on a page are to be read. */
export function verdictsExplained(studies: readonly StudyData[]): string {
  return [
    'A claim is one sentence, one number, and one bound, chosen before the study was run (`docs/decisions/studies-claims.md` has the exceptions).',
    'It is shown if the number’s whole interval lies on the bound’s side, and refuted if it lies on the other.',
    ...intervalsExplained(studies),
    'A claim that was made up after its number had been seen is marked “found afterwards”, and needs seeds of its own.',
  ].join(' ');
}

/** What the intervals of a page are over; those of studies that train nothing need no explanation. */
function intervalsExplained(studies: readonly StudyData[]): string[] {
  const worlds = 'is over seeds, each of which draws one world';
  const exact = studies.some(isExactStudy);
  if (studies.some(isPolicyStudy)) {
    return [
      'The interval is over seeds of preference training and prompts, at 95 %, or closer to 100 % where a study is looked at several times; ' +
        'it is for one SFT policy and one judge.',
      ...(studies.some((study) => isPolicyStudy(study) && study.families)
        ? [
            'Prompts of one family, such as those of packages built from one source, count as one draw (`docs/decisions/prompt-families.md`).',
          ]
        : []),
      ...(exact ? [`That of the exact study ${worlds}.`] : []),
      'With one seed every claim stays open, for nothing is known about the luck of training.',
    ];
  }
  return exact
    ? [`The interval ${worlds}, at 95 % (closer to 100 % where a study is looked at several times).`]
    : [];
}

/** What is settled, what is open, and what it would take, a sentence or two each. */
export function standing(claims: readonly Pick<Claim, 'verdict' | 'seeds'>[]): string[] {
  const settled = claims.filter(({ verdict }) => verdict !== 'open');
  const open = claims.filter(({ verdict }) => verdict === 'open');
  const kinds = (['shown', 'refuted', 'equivalent'] as const).flatMap((verdict) => {
    const count = settled.filter((claim) => claim.verdict === verdict).length;
    return count > 0 ? [`${count} ${verdict}`] : [];
  });
  const counts = [...new Set(settled.map(({ seeds }) => seeds.length))].toSorted((a, b) => b - a);
  const resting = counts.map((count) => {
    const own = settled.filter(({ seeds }) => seeds.length === count).length;
    return `${own} ${own === 1 ? 'rests' : 'rest'} on ${count === 1 ? 'one seed or on arithmetic' : `${count} seeds`}`;
  });
  const alone = open.filter(({ seeds }) => seeds.length === 1).length;
  return [
    `${settled.length} of ${claims.length} claims are settled${settled.length > 0 ? `: ${kinds.join(', ')}; ${resting.join(', ')}` : ''}.`,
    ...(open.length > 0
      ? [
          `${open.length} ${open.length === 1 ? 'is' : 'are'} open: ${[
            ...(alone > 0 ? [`${alone} with one seed, which settles nothing`] : []),
            ...(open.length > alone
              ? [`${open.length - alone} with several seeds, whose intervals are still too wide`]
              : []),
          ].join(', and ')}.`,
        ]
      : []),
    ...(open.some(({ seeds }) => seeds.length < 24)
      ? [
          'What it would take depends on how much seeds differ. In the studies that are published with this package, 12 seeds leave ±7 ' +
            'points on a difference of win rates where DPO over-optimizes, and six leave ±1 where it does not. Seeds ' +
            'accumulate: the same command with more seeds reuses the finished ones, and `ais report` combines the work of several ' +
            'machines.',
        ]
      : []),
  ];
}

/** What the commands on a page need. */
export const howToRun: string =
  'The commands are those of `@ais/cli` (in this workspace `node packages/cli/dist/bin.js study …`). The native back end is installed by ' +
  '`ais native install`, and the Debian text comes from the lists of apt (`apt-get update -o Acquire::Languages=en`), so another release gives different text; ' +
  'its SHA-256 is listed with the settings of each study. Data and figures go to a folder under `runs/`, or to the one given by `--out`; `ais report <folders> --out <folder>` makes one page of several.';

/** Machine time of all studies of a page, shared stages counted once; nothing where there are no stages. */
export function timeOfAll(studies: readonly StudyData[]): string[] {
  const stages = studies.flatMap((study) => (isMixtureStudy(study) ? [] : study.stages));
  if (stages.length === 0) return [];
  const seconds = new Map(stages.map((stage) => [stage.key, stage.seconds]));
  const total = [...seconds.values()].reduce((sum, value) => sum + value, 0);
  const shared =
    seconds.size < stages.length ? 'Studies share stages, so that their times do not add up. ' : '';
  return [`${shared}All ${seconds.size} stages together took ${duration(total)}.`];
}
