import { bundleHandlers } from '../scripts/bundle.ts';

/** Runs once, before the workers start: they read the bundles, and would make them side by side otherwise. */
export async function setup(): Promise<void> {
  await bundleHandlers();
}
