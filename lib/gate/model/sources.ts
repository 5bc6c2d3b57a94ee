import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Source, Template } from './template.ts';

/**
 * The templates of an app with the names by which its stacks refer to each other, those of nested stacks included.
 *
 * @param files paths of the templates to read; nested stacks come with the stack that deploys them
 */
export function readSources(app: IConstruct, files: readonly string[]): Source[] {
  const wanted = new Set(files.map((file) => path.resolve(file)));
  return app.node
    .findAll()
    .filter(Stack.isStack)
    .filter((stack) => wanted.has(fileOf(outermost(stack))))
    .map((stack) => ({
      stack: nameOf(stack),
      file: fileOf(stack),
      template: JSON.parse(readFileSync(fileOf(stack), 'utf8')) as Template,
      paths: pathsIn(stack),
      parent: parentOf(stack),
    }));
}

function outermost(stack: Stack): Stack {
  return stack.nestedStackParent ? outermost(stack.nestedStackParent) : stack;
}

function nameOf(stack: Stack): string {
  const parent = parentOf(stack);
  return parent ? `${parent.stack}/${parent.logicalId}` : stack.stackName;
}

function parentOf({ nestedStackParent, nestedStackResource }: Stack): Source['parent'] {
  if (!nestedStackParent || !nestedStackResource) return undefined;
  const logicalId: string = nestedStackParent.resolve(nestedStackResource.logicalId);
  return { stack: nameOf(nestedStackParent), logicalId };
}

function fileOf(stack: Stack): string {
  return path.resolve(Stage.of(stack)?.outdir ?? '.', stack.templateFile);
}

function pathsIn(stack: Stack): ReadonlyMap<string, string> {
  const resources = stack.node.findAll().filter(CfnResource.isCfnResource);
  const own = resources.filter((resource) => resource.stack === stack);
  return new Map(own.map((resource) => [stack.resolve(resource.logicalId) as string, resource.node.path]));
}
