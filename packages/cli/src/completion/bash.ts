import type { CommandWords } from './command-tree.js';

/** Completion for bash 4 and newer. Where no word fits, bash completes files. */
export function bashCompletion(tree: readonly CommandWords[]): string {
  const paths = tree.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = tree.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(({ name, choices }) => `    "${path} --${name}") words="${choices.join(' ')}"; value=1 ;;`),
  );
  const words = tree.map(({ path, commands, options, choices }) => {
    const flags = options.map(({ name }) => `--${name}`);
    return `    "${path}") plain="${[...commands.map(({ name }) => name), ...choices].join(' ')}"; flags="${flags.join(' ')}" ;;`;
  });
  return `# bash completion for ais
_ais() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local place= word index words= plain= flags= value=
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "\${place:+$place }$word" in
    ${paths.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $previous" in
${values.join('\n')}
  esac
  if [[ -z $value ]]; then
    case $place in
${words.join('\n')}
    esac
    words=$plain
    [[ $current == -* ]] && words=$flags
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ais ais
`;
}
