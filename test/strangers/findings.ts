import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { root } from '../../scripts/root.ts';

/** What a checker finds wrong with a resource. */
export interface Finding {
  readonly rule: string;
  /** Path of the construct; the template's file name if the finding is on no resource. */
  readonly at: string;
  readonly isError: boolean;
}

/** A synthesised app to look at. */
export interface Subject {
  readonly app: IConstruct;
  readonly directory: string;
}

const run = promisify(execFile);
const tool = (name: string) => path.join(root, 'checks/.venv/bin', name);

/** All checkers; each looks at the whole app, whatever has been acknowledged. */
export const checkers: Readonly<Record<string, (subject: Subject) => Promise<Finding[]>>> = {
  'cfn-lint': cfnLint,
  checkov,
  AwsSolutions: async ({ app }) => nag(app, AwsSolutionsChecks),
  'NIST 800-53 r5': async ({ app }) => nag(app, NIST80053R5Checks),
};

interface Lint {
  readonly Level: string;
  readonly Filename: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly unknown[] | null };
}

async function cfnLint({ app, directory }: Subject): Promise<Finding[]> {
  const files = readdirSync(directory).filter((file) => file.endsWith('.template.json'));
  const output = await outputOf('cfn-lint', ['--format', 'json', ...files.map((file) => path.join(directory, file))]);
  const paths = pathsIn(app);
  return (JSON.parse(output) as Lint[]).map(({ Level, Filename, Rule, Location }) => {
    const file = path.basename(Filename);
    return { rule: Rule.Id, at: paths.get(`${file}#${Location.Path?.[1]}`) ?? file, isError: Level === 'Error' };
  });
}

interface Check {
  readonly check_id: string;
  readonly resource: string;
  readonly file_path: string;
}

async function checkov({ app, directory }: Subject): Promise<Finding[]> {
  const form = ['--framework', 'cloudformation', '--compact', '--quiet', '--output', 'json'];
  const output = await outputOf('checkov', ['--directory', directory, ...form]);
  const paths = pathsIn(app);
  const { failed_checks } = (JSON.parse(output) as { results: { failed_checks: Check[] } }).results;
  return failed_checks.map(({ check_id, resource, file_path }) => {
    const file = path.basename(file_path);
    return { rule: check_id, at: paths.get(`${file}#${resource.split('.')[1]}`) ?? file, isError: false };
  });
}

/** What a pack finds; acknowledged findings are left out by cdk-nag itself. */
function nag(app: IConstruct, Pack: typeof AwsSolutionsChecks | typeof NIST80053R5Checks): Finding[] {
  return new Pack(app).validateScope(app).violations.flatMap(({ ruleName, severity, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }) => ({
      rule: withoutOutputs(ruleName),
      at: constructPath,
      isError: severity === 'error',
    })),
  );
}

/** After the synthesis what is another stack's is an output of that stack; it was acknowledged as that stack's own. */
function withoutOutputs(rule: string): string {
  const output = /\{"Fn::GetStackOutput":\{.*?"PublishOutput(?:FnGetAtt(\w+)Arn|Ref(\w+))[0-9A-F]{8}"\}\}/g;
  return rule.replaceAll(output, (_, resource?: string, ref?: string) => (resource ? `<${resource}.Arn>` : `<${ref}>`));
}

/** What a tool writes to stdout; it ends with another code than 0 when it has found something. */
async function outputOf(name: string, args: string[]): Promise<string> {
  const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LOG_LEVEL: 'ERROR' } };
  return run(tool(name), args, options).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => {
      if (!error.stdout) throw error;
      return error.stdout;
    },
  );
}

/** Paths of the constructs by template file and logical id. */
function pathsIn(app: IConstruct): ReadonlyMap<string, string> {
  return new Map(
    resourcesIn(app).map((resource) => [
      `${resource.stack.templateFile}#${resource.stack.resolve(resource.logicalId)}`,
      resource.node.path,
    ]),
  );
}

/** The resources of an app. */
export function resourcesIn(app: IConstruct): CfnResource[] {
  return app.node.findAll().filter(CfnResource.isCfnResource);
}

/** Whether a finding is acknowledged, with its reason, on its construct or on one around it below the stack. */
export function isAcknowledged(app: IConstruct, { rule, at }: Finding): boolean {
  const construct = app.node.findAll().find(({ node }) => node.path === at);
  return (construct?.node.scopes ?? [])
    .filter((scope) => !Stack.isStack(scope))
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .some(({ data }) => Object.keys(data).some((id) => id.replace(/^annotation::/i, '') === rule));
}
