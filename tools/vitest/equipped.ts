import { mergeConfig, type ViteUserConfig } from 'vitest/config';
import workspace from '../../vitest.config';

const { projects, ...test } = workspace.test ?? {};

/**
 * The settings of tests that need equipment beyond Node, such as a browser or a server: those of the workspace, without its
 * projects.
 *
 * @param own which files they are, and what differs for them
 */
export function equipped(own: NonNullable<ViteUserConfig['test']>): ViteUserConfig {
  return mergeConfig({ ...workspace, test }, { test: own });
}
