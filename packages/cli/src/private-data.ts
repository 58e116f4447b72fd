import { homedir, hostname, userInfo } from 'node:os';

/** Details of this machine that must not appear in a shared report. */
export interface PrivateNames {
  readonly home: string;
  readonly user: string;
  readonly host: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The private details of this machine. */
export function privateNames(): PrivateNames {
  return {
    home: ofUser(homedir),
    user: ofUser(() => userInfo().username),
    host: hostname(),
    environment: process.env,
  };
}

/**
 * A text without what only its user should know: paths, addresses, tokens, and the names of the user and the machine.
 *
 * The part of a path in `node_modules` stays, which says which package is meant.
 */
export function withoutPrivateData(text: string, { home, user, host, environment }: PrivateNames): string {
  const secrets = Object.entries(environment)
    .filter(([name, value = '']) => /TOKEN|KEY|SECRET|PASS|AUTH|CREDENTIAL/i.test(name) && value.length > 5)
    .map(([, value = '']) => value);
  const hidden = secrets
    .reduce((shown, secret) => shown.replaceAll(secret, '‹token›'), text)
    .replace(/\b(hf_|sk-|gh[a-z]_|github_pat_|npm_|xox[a-z]-|glpat-|pypi-)[\w-]{8,}/g, '‹token›')
    .replace(/\b[a-z][a-z\d+.-]*:\/\/[^\s"'`)]+/gi, '‹address›')
    .replaceAll(home.length > 1 ? home : '\0', '/‹home›')
    .replace(
      PATH,
      (path) =>
        `‹path›${/[\\/]node_modules[\\/].*$/.exec(path)?.[0].replace(/.*(?=[\\/]node_modules[\\/])/s, '') ?? ''}`,
    );
  const names = [
    [host, '‹host›', ''],
    [host.split('.')[0] ?? '', '‹host›', ''],
    // `node` in `@tensorflow/tfjs-node` is not a user name.
    [user, '‹user›', '@'],
  ] as const;
  return names.reduce(
    (shown, [name, mark, behind]) => (name.length > 1 ? shown.replace(alone(name, behind), mark) : shown),
    hidden,
  );
}

/** An absolute path, of POSIX or of Windows, to its end or to the next quote, space, or bracket. */
const PATH = /(?<![\w.‹›/@-])(?:[A-Za-z]:)?[\\/](?:[^\s"'`()[\]:;,\\/]+[\\/])*[^\s"'`()[\]:;,\\/]+/g;

/** A name that is no part of another: not the `node` of `tfjs-node`. @param behind what it may not follow either */
function alone(name: string, behind: string): RegExp {
  return new RegExp(`(?<![\\w/.${behind}-])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w/-])`, 'g');
}

/** What the system knows of the user; nothing of a user id without a name, as in some containers. */
function ofUser(find: () => string): string {
  try {
    return find();
  } catch {
    return '';
  }
}
