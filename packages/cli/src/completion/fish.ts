import type { CommandWords } from './command-tree.js';

/** Completion for fish, with descriptions. */
export function fishCompletion(tree: readonly CommandWords[]): string {
  const paths = tree.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  const lines = tree.flatMap(({ path, commands, options, choices }) => {
    const at = `complete -c ais -n ${quoted(`__ais_at ${quotedOnce(path)}`)}`;
    const onlyCommands = commands.length > 0 ? ' -f' : '';
    return [
      ...commands.map(({ name, description }) => `${at}${onlyCommands} -a ${name} -d ${quoted(description)}`),
      ...(choices.length > 0 ? [`${at} -f -a ${quoted(choices.join(' '))}`] : []),
      ...options.map(({ name, description, takesValue, choices: values }) => {
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
        return `${at} -l ${name}${value} -d ${quoted(description)}`;
      }),
    ];
  });
  return `# fish completion for ais
function __ais_at
  set -l place
  for word in (commandline -opc)[2..]
    if contains -- (string trim -- "$place $word") ${paths.join(' ')}
      set place (string trim -- "$place $word")
    end
  end
  test "$place" = "$argv[1]"
end
${lines.join('\n')}
`;
}

/** In fish's single quotes only the quote and the backslash are special. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** A word within what is quoted again. */
function quotedOnce(text: string): string {
  return `"${text}"`;
}
