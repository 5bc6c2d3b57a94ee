import path from 'node:path';
import { type Acknowledgement, acknowledgementKey } from './acknowledgement.ts';
import type { Graph, Resource } from './model/graph.ts';
import type { Rule } from './rule.ts';

/** What a rule found of one resource, in the light of what was acknowledged. */
export interface Judgement {
  readonly rule: Rule;
  readonly subject: Resource;
  readonly verdict: 'held' | 'acknowledged' | 'missing';
  readonly evidence: readonly Resource[];
  /** What is missing; undefined if the promise is kept. */
  readonly missing?: string;
  /** The acknowledgement that counts, or counted until it expired. */
  readonly acknowledgement?: Acknowledgement;
}

/**
 * Judges every resource by every rule that is about it.
 *
 * @param today the day, as YYYY-MM-DD, by which acknowledgements expire
 */
export function judge(
  graph: Graph,
  rules: readonly Rule[],
  acknowledgements: ReadonlyMap<string, readonly Acknowledgement[]>,
  today: string,
): Judgement[] {
  const acknowledged = (rule: Rule, { file, logicalId }: Resource) =>
    acknowledgements.get(acknowledgementKey(path.basename(file), logicalId))?.find((each) => each.rule === rule.id);
  return rules.flatMap((rule) =>
    rule.subjects(graph).map((subject): Judgement => {
      const verdict = rule.judge(subject, graph);
      const acknowledgement = acknowledged(rule, subject);
      if (verdict.held) return { rule, subject, verdict: 'held', evidence: verdict.evidence, acknowledgement };
      const counts = acknowledgement !== undefined && acknowledgement.expires >= today;
      const { missing } = verdict;
      return { rule, subject, verdict: counts ? 'acknowledged' : 'missing', evidence: [], missing, acknowledgement };
    }),
  );
}
