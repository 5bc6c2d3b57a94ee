import { createHash } from 'node:crypto';
import type { Cloud } from './cloud.ts';

const version = 'v0123456789ab';
const place = 'registry/models/loan-default';

/** What of a champion a test changes. */
export interface Champion {
  readonly scorecard?: unknown;
  readonly policy?: unknown;
  /** The content of the scorecard's file, whatever the manifest says. */
  readonly scorecardAsStored?: string;
}

const encodings = [
  { name: 'amount', type: 'number', categories: null },
  { name: 'sector', type: 'category', categories: { '72': 1, '44': 0 } },
  { name: 'newBusiness', type: 'flag', categories: null },
];

/** Log-odds of default, so that the example's application has a probability of about 0.05. */
const scorecard = {
  intercept: -3,
  bins: [
    { feature: 'amount', edges: [100_000], points: [-0.1, 0.4] },
    { feature: 'sector', edges: [0.5], points: [-0.2, 0.1] },
    { feature: 'newBusiness', edges: [0.5], points: [-0.1, 0.2] },
  ],
};

/** Sector 72 defaults often, and new businesses of it more. */
const policy = [
  { rate: 0.15, feature: 1, threshold: 0.5, left: 1, right: 2 },
  { rate: 0.05, feature: -1, threshold: 0, left: -1, right: -1 },
  { rate: 0.25, feature: 2, threshold: 0.5, left: 3, right: 4 },
  { rate: 0.1, feature: -1, threshold: 0, left: -1, right: -1 },
  { rate: 0.4, feature: -1, threshold: 0, left: -1, right: -1 },
];

/** Puts a champion into the registry, as the trainer does. */
export function putChampion(cloud: Pick<Cloud, 'objects'>, champion: Champion = {}): void {
  const files = {
    'scorecard.json': JSON.stringify(champion.scorecard ?? scorecard),
    'policy.json': JSON.stringify(champion.policy ?? policy),
  };
  const manifest = JSON.stringify({
    version,
    schemaVersion: 1,
    encodings,
    files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sha256(content)])),
    lineage: { dataSnapshot: 'data-of-the-champion' },
  });
  for (const [name, content] of Object.entries(files)) cloud.objects.set(`${place}/${version}/${name}`, content);
  if (champion.scorecardAsStored !== undefined) {
    cloud.objects.set(`${place}/${version}/scorecard.json`, champion.scorecardAsStored);
  }
  cloud.objects.set(`${place}/${version}/manifest.json`, manifest);
  cloud.objects.set(`${place}/champion.json`, JSON.stringify({ version, manifestSha256: sha256(manifest) }));
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
