import { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** The context flag that is the second of the two keys for the deletion of data. */
export const destroyDataFlag = 'seaworthy:destroyData';

/**
 * Whether data goes with its stack. That takes two keys: the construct's prop and the context flag
 * `seaworthy:destroyData`, so that neither a copied line nor a stray flag alone can delete data.
 */
export function destroysData(scope: Construct, destroyData = false): boolean {
  const flag: unknown = scope.node.tryGetContext(destroyDataFlag);
  return destroyData && (flag === true || flag === 'true');
}

/** The removal policy of a resource that holds data. */
export function dataRemoval(scope: Construct, destroyData?: boolean): RemovalPolicy {
  return destroysData(scope, destroyData) ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
}
