// The whole model without a library: LightGBM's trees, walked in TypeScript.
import { encode } from '../../lambdas/patterns/small-model/encode.ts';
import { subject } from './subject.ts';

/** All trees in one: a node's child below 0 is the leaf with the number -1 - child. */
interface Trees {
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leaf: readonly number[];
}

await subject((read, encodings) => {
  const trees = parseTrees(read('model.txt').toString());
  return (features) => 1 / (1 + Math.exp(-logOdds(trees, encode(encodings, features))));
});

function logOdds({ roots, feature, threshold, left, right, leaf }: Trees, inputs: readonly number[]): number {
  let sum = 0;
  for (const root of roots) {
    let node = root;
    while (node >= 0) {
      const goesLeft = (inputs[feature[node] as number] as number) <= (threshold[node] as number);
      node = (goesLeft ? left[node] : right[node]) as number;
    }
    sum += leaf[-1 - node] as number;
  }
  return sum;
}

/**
 * Reads LightGBM's text format, of trees that split numbers without missing ones: the encoding leaves nothing else.
 *
 * https://github.com/microsoft/LightGBM/blob/master/src/io/tree.cpp (`Tree::ToString`)
 */
function parseTrees(text: string): Trees {
  const trees = { roots: [], feature: [], threshold: [], left: [], right: [], leaf: [] } as Record<
    keyof Trees,
    number[]
  >;
  for (const section of text
    .split('end of trees')[0]
    ?.split(/^Tree=\d+$/m)
    .slice(1) ?? []) {
    const numbers = (name: string) =>
      new RegExp(`^${name}=(.+)$`, 'm').exec(section)?.[1]?.split(' ').map(Number) ?? [];
    const [nodes, leaves] = [trees.feature.length, trees.leaf.length];
    const moved = (child: number) => (child < 0 ? child - leaves : child + nodes);
    const split = numbers('split_feature');
    trees.roots.push(moved(split.length > 0 ? 0 : -1));
    trees.feature.push(...split);
    trees.threshold.push(...numbers('threshold'));
    trees.left.push(...numbers('left_child').map(moved));
    trees.right.push(...numbers('right_child').map(moved));
    trees.leaf.push(...numbers('leaf_value'));
  }
  return trees;
}
