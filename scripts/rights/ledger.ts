import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../root.ts';

/** Where the embedded clouds of the end-to-end tests write their ledgers. */
export const rightsFolder = path.join(root, '.state/rights');

/** An action that a policy of a role allows. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  readonly resources: readonly string[];
}

/** What roles were granted, what of it they never used, and what they were refused. */
export interface Rights {
  readonly granted: readonly Grant[];
  readonly unused: readonly Grant[];
  readonly refused: readonly Pick<Grant, 'role' | 'action'>[];
}

interface Line {
  readonly role: string;
  readonly granted?: string;
  readonly used?: string;
  readonly refused?: string;
  readonly resources?: readonly string[];
  readonly conditions?: unknown;
}

/** Ids that AWS makes up differ from one deployment to the next; names of resources do not. */
const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Reads ledgers of the embedded cloud together: a grant that any deployment used is used.
 *
 * @param of the roles that count, by the beginning of their names
 */
export function readRights(folder: string, of: string): Rights {
  const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  const lines = files.flatMap((name) => parseLedger(readFileSync(path.join(folder, name), 'utf8')));
  return rightsOf(lines.filter(({ role }) => role.startsWith(of)));
}

/** The lines of one ledger. */
export function parseLedger(text: string): Line[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
}

/** Compares what is granted with what is used. */
export function rightsOf(lines: readonly Line[]): Rights {
  const granted = new Map<string, Grant>();
  const used = new Set<string>();
  const refused = new Map<string, Pick<Grant, 'role' | 'action'>>();
  for (const line of lines) {
    const { role, resources = [] } = line;
    const key = (action: string) => JSON.stringify([role, action, resources, line.conditions]).replace(id, 'ID');
    if (line.granted !== undefined) granted.set(key(line.granted), { role, action: line.granted, resources });
    if (line.used !== undefined) used.add(key(line.used));
    if (line.refused !== undefined) refused.set(`${role} ${line.refused}`, { role, action: line.refused });
  }
  const unused = [...granted].flatMap(([key, grant]) => (used.has(key) ? [] : grant));
  return { granted: [...granted.values()], unused, refused: [...refused.values()] };
}
