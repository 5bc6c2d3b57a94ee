import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type LoanApproval, type LoanApprovalProps, loanApproval } from '../../lib/loan-approval/loan-approval.ts';

/** Resources of a synthesised template, by logical id. */
export type Resources = ReturnType<Template['findResources']>;

/** The feature flags that the app is deployed with. */
export const flags: Readonly<Record<string, unknown>> = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
).context;

/** An app with the project's feature flags, and with assets that are not bundled. */
export function newApp(context: Readonly<Record<string, unknown>> = {}): App {
  return new App({ analyticsReporting: false, context: { ...flags, 'aws:cdk:bundling-stacks': [], ...context } });
}

/** A folder that can be an image. */
export function imageFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'seaworthy-image-'));
  writeFileSync(path.join(folder, 'Dockerfile'), 'FROM scratch\n');
  return folder;
}

/** The case study in an app of its own. */
export function caseStudy(props: LoanApprovalProps = {}, context: Readonly<Record<string, unknown>> = {}) {
  const app = newApp(context);
  return { app, stacks: loanApproval(app, { imageFolder: imageFolder(), trainerFolder: imageFolder(), ...props }) };
}

let built: Readonly<Record<string, Template>> | undefined;

/** The case study's templates by the stack's name; they are made once for each process. */
export function templates(): Readonly<Record<string, Template>> {
  built ??= templatesOf(caseStudy().stacks);
  return built;
}

export function templatesOf(stacks: LoanApproval): Readonly<Record<string, Template>> {
  return Object.fromEntries(Object.values(stacks).map((stack: Stack) => [stack.stackName, Template.fromStack(stack)]));
}

export function resourcesOf(template: Template): Resources {
  return template.toJSON()['Resources'] as Resources;
}
