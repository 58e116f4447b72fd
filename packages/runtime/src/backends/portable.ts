import type { BackendName } from '../backend-name.js';
import type { Backend, Obstacle } from './backend.js';

/** A back end that comes from one package and needs nothing else of the machine. */
export function portable(
  name: BackendName,
  packageName: string,
  load: () => Promise<Record<string, unknown>>,
): Backend {
  let version: string | undefined;
  return {
    name,
    engineName: name,
    inspect: async () => undefined,
    register: async (): Promise<Obstacle | undefined> => {
      try {
        const loaded = await load();
        version = Object.entries(loaded).find(([key]) => key.startsWith('version'))?.[1] as
          | string
          | undefined;
        return undefined;
      } catch (cause) {
        return missingPackage(packageName, cause);
      }
    },
    confirm: () => undefined,
    versions: () => (version === undefined ? {} : { [packageName]: version }),
  };
}

/** @param needed what to install then, the package itself by default */
export function missingPackage(
  packageName: string,
  cause: unknown,
  needed: readonly string[] = [packageName],
): Obstacle {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
    ? { reason: `the package ${packageName} is not installed`, remedy: `npm install ${needed.join(' ')}` }
    : {
        reason: `${packageName} does not load (${cause instanceof Error ? cause.message : String(cause)})`,
        remedy: null,
      };
}

export const cpu: Backend = portable(
  'cpu',
  '@tensorflow/tfjs-backend-cpu',
  () => import('@tensorflow/tfjs-backend-cpu'),
);
