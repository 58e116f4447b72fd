import { shellWord } from '@ais/runtime/process';
import type { ArrayDependency, JobArray } from './job-arrays.js';

/** Further options of sbatch by their long names: `{ partition: 'gpu', time: '4:00:00' }`. */
export type SbatchFlags = Readonly<Record<string, string>>;

/** What runs a command in a job: the words of the command, and the folder to run it in. */
export interface JobCommand {
  readonly words: readonly string[];
  readonly directory: string;
}

/** Restarts of one job at most: after it was stopped before its time was over, and after its process was killed. */
const MOST_RESUMPTIONS = 100;
const MOST_KILLS = 3;

/**
 * The script of one element of an array: runs the stage whose order is `<first argument>/<index>.json`.
 *
 * Slurm tells it two minutes before the end of its time. It hands that on, waits for the checkpoint, and asks to be queued
 * again.
 */
export function stageScript({ words, directory }: JobCommand): string {
  return `#!/bin/bash
# One stage of a plan: an element of an array of jobs. Safe to run twice, and at once.
set -u
cd -- ${shellWord(directory)} || exit 1
restarts=\${SLURM_RESTART_COUNT:-0}
[ "$restarts" -eq 0 ] || echo "restarted, $restarts times so far"
threads=\${SLURM_CPUS_PER_TASK:-1}
export TF_NUM_INTRAOP_THREADS="\${TF_NUM_INTRAOP_THREADS:-$threads}"
export TF_NUM_INTEROP_THREADS="\${TF_NUM_INTEROP_THREADS:-$threads}"
export AIS_THREADS="\${AIS_THREADS:-$threads}"

${words.map(shellWord).join(' ')} --order "$1/$SLURM_ARRAY_TASK_ID.json" &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM
wait "$child"
status=$?
# The signal ends a wait, and not the child.
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
wait "$child" 2>/dev/null
last=$?
[ "$last" -eq 127 ] || status=$last

case $status in
  130 | 143) most=${MOST_RESUMPTIONS} ;; # stopped where it can resume
  134 | 137 | 139) most=${MOST_KILLS} ;; # ended without a word: killed, or out of memory
  *) most=0 ;;
esac
# The element alone: the job of one of them has the number of the whole array.
job=$SLURM_JOB_ID
[ -z "\${SLURM_ARRAY_JOB_ID:-}" ] || job="\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
# A job that is being canceled is not running any more.
if [ "$restarts" -lt "$most" ] && [ "$(squeue --noheader --jobs="$job" --format=%T)" = RUNNING ]; then
  scontrol requeue "$job"
fi
exit "$status"
`;
}

/** The script of the job that comes last. */
export function lastScript({ words, directory }: JobCommand): string {
  return `#!/bin/bash
# What is done once all stages have ended.
cd -- ${shellWord(directory)} || exit 1
exec ${words.map(shellWord).join(' ')}
`;
}

/** The script that submits all arrays, and the last job if there is one; nothing if a part of it fails. */
export function submitScript(
  arrays: readonly JobArray[],
  {
    title,
    flags,
    limit,
    last,
  }: {
    readonly title: string;
    readonly flags: SbatchFlags;
    /** Elements of an array that run at once. */
    readonly limit: number | undefined;
    readonly last: string | undefined;
  },
): string {
  const options = Object.entries(flags).map(([name, value]) =>
    shellWord(value === '' ? `--${name}` : `--${name}=${value}`),
  );
  const submit = (
    name: string,
    own: readonly string[],
    after: readonly ArrayDependency[],
    script: readonly string[],
  ): string => {
    const waits = after.map(({ array, how }) => `${how}:\${job_${variable(array)}}`).join(',');
    const words = [
      `--job-name=${shellWord(`${title}:${name}`)}`,
      ...own,
      ...(waits === '' ? [] : [`--dependency="${waits}"`]),
      ...script,
    ];
    return `submit ${words.join(' ')}\njob_${variable(name)}=$job`;
  };
  const lines = arrays.map(({ name, tasks, after }) =>
    submit(
      name,
      [
        `--array=${ranges([...tasks.keys()])}${limit === undefined ? '' : `%${limit}`}`,
        `--output=logs/${name}-%a.log`,
      ],
      after,
      ['stage.sh', `"$PWD/${name}"`],
    ),
  );
  const awaited = new Set(arrays.flatMap(({ after }) => after.map(({ array }) => array)));
  const ends = arrays.filter(({ name }) => !awaited.has(name));
  if (last !== undefined) {
    lines.push(
      submit(
        'last',
        ['--output=logs/last.log'],
        ends.map(({ name }): ArrayDependency => ({ array: name, how: 'afterany' })),
        [last],
      ),
    );
  }
  return `#!/bin/bash
# Submits a plan to Slurm: bash submit.sh. What is finished already ends at once, so it may run again.
set -eu
cd -- "$(dirname -- "\${BASH_SOURCE[0]}")"
mkdir -p logs
jobs=()
withdraw() {
  [ "\${#jobs[@]}" -eq 0 ] || scancel "\${jobs[@]}"
}
trap withdraw EXIT
submit() {
  # What can never begin, because what it waits for failed, is canceled.
  job=$(sbatch --parsable --requeue --signal=B:TERM@120 --kill-on-invalid-dep=yes --open-mode=append${options.map((option) => ` ${option}`).join('')} "$@")
  job=\${job%%;*} # a federation adds the name of the cluster
  jobs+=("$job")
}

${lines.join('\n')}

trap - EXIT
echo "\${jobs[@]}"
`;
}

/** The name of an array as part of that of a variable. */
function variable(name: string): string {
  return name.replaceAll('-', '_');
}

/** Indices as sbatch reads them: `0-3,5`. */
function ranges(indices: readonly number[]): string {
  const found: { first: number; last: number }[] = [];
  for (const index of [...indices].sort((a, b) => a - b)) {
    const open = found.at(-1);
    if (open?.last === index - 1) open.last = index;
    else found.push({ first: index, last: index });
  }
  return found.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
