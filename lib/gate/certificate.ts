import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Acknowledgement } from './acknowledgement.ts';
import type { Judgement } from './judgement.ts';
import type { Graph, Resource } from './model/graph.ts';
import { callers, models } from './relations/models.ts';
import type { Pillar } from './rule.ts';

/** Where a resource is. */
export interface Place {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly path: string;
}

/** A promise about one resource, and what keeps it. */
export interface Entry {
  readonly rule: string;
  readonly promise: string;
  readonly evidenceFor: string;
  readonly subject: Place;
  readonly verdict: Judgement['verdict'];
  readonly evidence: readonly Place[];
  readonly missing?: string;
  readonly acknowledgement?: Acknowledgement;
}

/** A drill that was run against a deployment of these very templates. */
export interface Trial {
  readonly name: string;
  /** The `templatesHash` that it was run against; a trial of other templates does not count. */
  readonly templatesHash: string;
  readonly passed: boolean;
  /** When it ended, in ISO 8601. */
  readonly at: string;
}

/** What was promised, and by what each promise is kept. It holds no time, so that equal templates have equal certificates. */
export interface Certificate {
  readonly schemaVersion: 1;
  readonly verdict: 'seaworthy' | 'not seaworthy';
  /** SHA-256 over the templates' hashes, in the order of their names. Asset hashes are in the templates. */
  readonly templatesHash: string;
  /** SHA-256 of each template, by file name. */
  readonly templates: Readonly<Record<string, string>>;
  /** What the gate took for models, and for what asks them. */
  readonly models: readonly Place[];
  readonly callers: readonly Place[];
  readonly pillars: Readonly<Record<Pillar, readonly Entry[]>>;
  readonly acknowledgements: { readonly counted: number; readonly notNeeded: number; readonly expired: number };
  readonly trials: readonly Trial[];
}

/** Writes down what was judged. @param files paths of the templates */
export function certify(graph: Graph, judgements: readonly Judgement[], files: readonly string[]): Certificate {
  const templates = Object.fromEntries(
    files.toSorted().map((file) => [path.basename(file), sha256(readFileSync(file))] as const),
  );
  const entries = (pillar: Pillar) => judgements.filter(({ rule }) => rule.pillar === pillar).map(entry);
  const count = (verdict: Judgement['verdict']) =>
    judgements.filter((each) => each.verdict === verdict && each.acknowledgement !== undefined).length;
  return {
    schemaVersion: 1,
    verdict: judgements.some(({ verdict }) => verdict === 'missing') ? 'not seaworthy' : 'seaworthy',
    templatesHash: sha256(JSON.stringify(templates)),
    templates,
    models: models(graph).map(({ resource }) => place(resource)),
    callers: callers(graph).map(place),
    pillars: {
      monitoring: entries('monitoring'),
      fallback: entries('fallback'),
      oversight: entries('oversight'),
      accountability: entries('accountability'),
    },
    acknowledgements: { counted: count('acknowledged'), notNeeded: count('held'), expired: count('missing') },
    trials: [],
  };
}

function entry({ rule, subject, verdict, evidence, missing, acknowledgement }: Judgement): Entry {
  const { id, promise, evidenceFor } = rule;
  return {
    rule: id,
    promise,
    evidenceFor,
    subject: place(subject),
    verdict,
    evidence: evidence.map(place),
    missing,
    acknowledgement,
  };
}

function place({ stack, logicalId, type, path }: Resource): Place {
  return { stack, logicalId, type, path };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
