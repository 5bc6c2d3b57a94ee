import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { Problems } from '../common/problems.ts';
import { rules } from './rules/index.ts';

/** A finding that is known and borne for a while. */
export interface Acknowledgement {
  /** Id of the rule, such as `F2`. */
  readonly rule: string;
  /** Why it is borne, for whoever reads the certificate. */
  readonly reason: string;
  /** Who answers for it: a role or a team, not a person. */
  readonly owner: string;
  /** Last day on which it counts, as YYYY-MM-DD. */
  readonly expires: string;
}

const metadataType = 'seaworthy:acknowledgement';

/**
 * Acknowledges a finding of the gate on one resource. There is no way to do so for a stack or an app: that would hide
 * the next finding too.
 *
 * @param scope a resource, or a construct with one as its default child
 * @throws Error that lists what is wrong: a rule or a day that does not exist, a reason or an owner that says nothing
 */
export function acknowledgeFinding(scope: IConstruct, acknowledgement: Acknowledgement): void {
  const { rule, reason, owner, expires } = acknowledgement;
  const resource = scope.node.defaultChild ?? scope;
  new Problems('acknowledgeFinding')
    .check(CfnResource.isCfnResource(resource), 'scope', scope.node.path, 'name one resource')
    .check(
      rules.some(({ id }) => id === rule),
      'rule',
      rule,
      `name one of ${rules.map(({ id }) => id).join(', ')}`,
    )
    .check(reason.trim().length >= 20, 'reason', reason, 'say why in a sentence')
    .check(owner.trim() !== '', 'owner', owner, 'name the team that answers for it')
    .check(isDay(expires), 'expires', expires, 'give a day as YYYY-MM-DD')
    .throwIfAny();
  resource.node.addMetadata(metadataType, acknowledgement);
}

/** The acknowledgements in an app, by file name of the template and logical id of the resource. */
export function acknowledgementsIn(app: IConstruct): ReadonlyMap<string, readonly Acknowledgement[]> {
  const resources = app.node.findAll().filter(CfnResource.isCfnResource);
  return new Map(
    resources.flatMap((resource) => {
      const given = resource.node.metadata.filter(({ type }) => type === metadataType);
      const stack = Stack.of(resource);
      const key = acknowledgementKey(stack.templateFile, stack.resolve(resource.logicalId));
      return given.length === 0 ? [] : [[key, given.map(({ data }) => data as Acknowledgement)] as const];
    }),
  );
}

export function acknowledgementKey(templateFile: string, logicalId: string): string {
  return `${templateFile}#${logicalId}`;
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10;
}
