import * as v from 'valibot';
import type { Reason } from '../decision/decision.ts';
import { codeOf } from '../decision/reason-codes.ts';
import type { Features } from '../features/features.ts';
import { Corrupt, type Encoding, parsed } from '../model-registry/registry.ts';
import { encode } from './encode.ts';
import type { Found } from './scorecard.ts';

/** A question (value of the feature up to the threshold: left, else right), or an answer. The trainer's `Node`. */
const nodeSchema = v.object({
  rate: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  feature: v.number(),
  threshold: v.number(),
  left: v.number(),
  right: v.number(),
});

type Node = v.InferOutput<typeof nodeSchema>;

/** Answers by the policy rule: the share of defaults among the training loans that answer its questions alike. */
export function policyRule(content: string, encodings: readonly Encoding[]): (features: Features) => Found {
  const nodes = parsed(v.pipe(v.array(nodeSchema), v.minLength(1)), 'policy.json', content);
  if (!nodes.every((node, index) => isSound(node, index, nodes.length, encodings.length))) {
    throw new Corrupt('policy.json', 'asks for a feature or leads to a node that is not there');
  }
  return (features) => {
    const inputs = encode(encodings, features);
    const reasons: Reason[] = [];
    let node = nodes[0] as Node;
    while (node.feature >= 0) {
      const next = nodes[(inputs[node.feature] as number) <= node.threshold ? node.left : node.right] as Node;
      const { name } = encodings[node.feature] as Encoding;
      if (next.rate > node.rate) reasons.push({ code: codeOf(name), feature: name, contribution: risen(node, next) });
      node = next;
    }
    return { probability: node.rate, reasons };
  };
}

/** By how much an answer raises the risk, in log-odds; a rate of 0 or 1 is taken for a thousandth from it. */
function risen(from: Node, to: Node): number {
  const logOdds = (rate: number) => {
    const inside = Math.min(0.999, Math.max(0.001, rate));
    return Math.log(inside / (1 - inside));
  };
  return logOdds(to.rate) - logOdds(from.rate);
}

/** A node comes before its children, so a way through them ends. */
function isSound({ feature, left, right }: Node, index: number, nodes: number, features: number): boolean {
  if (feature < 0) return true;
  return feature < features && left > index && right > index && left < nodes && right < nodes;
}
