import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The first folder with a number that does not exist yet: `runs/sft-1`, else `runs/sft-2`, and so on.
 *
 * @param parent the folder that it is in
 * @param prefix its name without the number: `sft`
 */
export function nextFreeFolder(parent: string, prefix: string): string {
  let number = 1;
  while (existsSync(join(parent, `${prefix}-${number}`))) number += 1;
  return join(parent, `${prefix}-${number}`);
}
