import type { Graph, Resource } from './model/graph.ts';

/** What a platform needs before a model may ship. */
export type Pillar = 'monitoring' | 'fallback' | 'oversight' | 'accountability';

/** What a rule finds of one resource: the resources that keep the promise, or what is missing. */
export type Verdict =
  | { readonly held: true; readonly evidence: readonly Resource[] }
  | { readonly held: false; readonly missing: string };

/** A promise about every resource of a kind. It is pure: what it says depends on the templates alone. */
export interface Rule {
  /** The pillar's letter and a number, such as `M1`; it is never given to another rule. */
  readonly id: string;
  readonly pillar: Pillar;
  /** The promise, in a sentence. */
  readonly promise: string;
  /** What happens to people where it is broken, in a sentence. */
  readonly why: string;
  /** The law that a kept promise is evidence for; it is no proof of compliance by itself. */
  readonly evidenceFor: string;
  /** The line that keeps it. */
  readonly fix: string;
  /** The resources that it is about. */
  subjects(graph: Graph): readonly Resource[];
  judge(subject: Resource, graph: Graph): Verdict;
}

/** Held by these, if there are any; else this is missing. */
export function heldBy(evidence: readonly Resource[], missing: string): Verdict {
  return evidence.length > 0 ? { held: true, evidence: [...new Set(evidence)] } : { held: false, missing };
}
