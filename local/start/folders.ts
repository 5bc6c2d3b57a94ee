import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where everything goes that is made here; Git ignores it. */
export const defaultState = path.join(root, '.state');
