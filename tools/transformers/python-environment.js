import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The Python interpreter of an environment that has these packages; made where there is none, in the user's cache
 * under a name that follows from the list, whole or not at all. AIS_PYTHON names an interpreter that has them already.
 *
 * @param {string} requirements the path of a requirements.txt
 * @returns {{ python: string } | { absent: string }} the interpreter, or why there can be none on this machine
 */
export function pythonEnvironment(requirements) {
  const given = process.env.AIS_PYTHON;
  if (given) return { python: given };
  const list = readFileSync(requirements, 'utf8');
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ais');
  const name = `transformers-${createHash('sha256').update(list).digest('hex').slice(0, 12)}`;
  const directory = join(cache, name);
  const python = join(directory, 'bin', 'python');
  if (existsSync(python)) return { python };

  mkdirSync(cache, { recursive: true });
  const unfinished = mkdtempSync(`${directory}-`);
  try {
    const made = run('python3', ['-m', 'venv', unfinished]);
    if (made.status !== 0) return { absent: `there is no python3 with venv (${lastLine(made)})` };
    const own = join(unfinished, 'bin', 'python');
    const pip = ['-m', 'pip', '--disable-pip-version-check', '--quiet'];
    // The smallest of the packages tells whether PyPI can be reached; after that, a failure is one.
    const small = list.split('\n').find((line) => line.startsWith('safetensors=='));
    const reached = run(own, [...pip, 'install', '--no-deps', small]);
    if (reached.status !== 0) return { absent: `PyPI cannot be reached (${lastLine(reached)})` };
    console.error(`Making a Python environment in ${directory}: some gigabytes come from PyPI, once.`);
    const installed = run(own, [...pip, 'install', '--no-cache-dir', '-r', requirements]);
    if (installed.status !== 0)
      throw new Error(`pip could not install ${requirements}:\n${installed.stderr}`);
    // Scripts in it name the folder that it was made in; nothing here calls them.
    renameSync(unfinished, directory);
    return { python };
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function run(command, argv) {
  return spawnSync(command, argv, { encoding: 'utf8' });
}

function lastLine({ stderr, error }) {
  return error?.message ?? stderr.trim().split('\n').at(-1);
}
