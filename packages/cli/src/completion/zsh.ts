import type { CommandWords } from './command-tree.js';

/** Completion for zsh, with descriptions. Where no word fits, zsh completes files. */
export function zshCompletion(tree: readonly CommandWords[]): string {
  const paths = tree.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const values = tree.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ name, choices }) =>
          `    ${quoted(`${path} --${name}`)}) choices=(${choices.map(quoted).join(' ')}); value=1 ;;`,
      ),
  );
  const entry = (name: string, description: string): string =>
    quoted(`${name.replaceAll(':', '\\:')}:${description}`);
  const words = tree.map(({ path, commands, options, choices }) => {
    const plain = [
      ...commands.map(({ name, description }) => entry(name, description)),
      ...choices.map(quoted),
    ];
    const flags = options.map(({ name, description }) => entry(`--${name}`, description));
    return `    ${quoted(path)})\n      plain=(${plain.join(' ')})\n      flags=(${flags.join('\n        ')}) ;;`;
  });
  return `#compdef ais
# zsh completion for ais
_ais() {
  local place= word value=
  local -a words_before plain flags
  words_before=("\${(@)words[2,CURRENT-1]}")
  local previous=\${words[CURRENT-1]} current=\${words[CURRENT]}
  local -a choices
  for word in $words_before; do
    case "\${place:+$place }$word" in
    ${paths.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place $previous" in
${values.join('\n')}
  esac
  if [[ -n $value ]]; then
    (( $#choices )) && compadd -- $choices || _files
    return
  fi
  case $place in
${words.join('\n')}
  esac
  if [[ $current == -* ]]; then
    _describe -o option flags
  else
    (( $#plain )) && _describe command plain || _files
  fi
}
# A file of the fpath runs at the first completion, which it has to give; one that is sourced only registers.
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then
  _ais "$@"
else
  compdef _ais ais
fi
`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
