import { exportName, type Reference, referencesIn } from './references.ts';
import type { Source } from './template.ts';

/** A resource of a template. */
export interface Resource {
  readonly stack: string;
  readonly file: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Path of its construct; where that is not known, stack and logical id. */
  readonly path: string;
}

/** The resources of a whole app and how they name each other, across stacks and nested stacks. */
export interface Graph {
  readonly resources: readonly Resource[];
  /** Those of these types. */
  ofType(...types: readonly string[]): readonly Resource[];
  /** The resources that a resource's properties name, each once. */
  namedBy(resource: Resource): readonly Resource[];
  /** Those that a part of its properties names; a part that is not there names none. */
  namedIn(resource: Resource, part: unknown): readonly Resource[];
  /** The resources whose properties name this one. */
  naming(resource: Resource): readonly Resource[];
}

/** Builds the graph of the given templates. A reference to what is in none of them is left out. */
export function buildGraph(sources: readonly Source[]): Graph {
  const found = sources.map((source) => ({ source, resources: resourcesOf(source) }));
  const sourceOf = new Map(found.flatMap(({ source, resources }) => resources.map((each) => [each, source] as const)));
  const resolve = resolver(found);
  const resources = [...sourceOf.keys()];
  const byType = Map.groupBy(resources, ({ type }) => type);
  const namedIn = (resource: Resource, part: unknown) => {
    const source = sourceOf.get(resource);
    return source ? [...new Set(resolve(source, part))] : [];
  };
  const named = new Map(resources.map((each) => [each, namedIn(each, each.properties)]));
  const naming = new Map<Resource, Resource[]>();
  for (const [from, targets] of named) {
    for (const target of targets) naming.set(target, [...(naming.get(target) ?? []), from]);
  }
  return {
    resources,
    ofType: (...types) => types.flatMap((type) => byType.get(type) ?? []),
    namedBy: (resource) => named.get(resource) ?? [],
    namedIn,
    naming: (resource) => naming.get(resource) ?? [],
  };
}

/** A value inside a resource's properties; undefined where the way to it ends early. */
export function at(value: unknown, ...way: readonly string[]): unknown {
  return way.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<string, unknown>>)[key] : undefined,
    value,
  );
}

/** A value as a list: nothing is an empty one, and a single value is one of itself. */
export function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function resourcesOf({ stack, file, template, paths }: Source): Resource[] {
  return Object.entries(template.Resources ?? {}).map(([logicalId, { Type, Properties = {} }]) => ({
    stack,
    file,
    logicalId,
    type: Type,
    properties: Properties,
    path: paths?.get(logicalId) ?? `${stack}/${logicalId}`,
  }));
}

type Found = readonly { readonly source: Source; readonly resources: readonly Resource[] }[];

/** Finds the resources that a value names, through the outputs of other stacks and the parameters of nested ones. */
function resolver(found: Found): (source: Source, value: unknown) => Resource[] {
  const own = new Map(
    found.map(({ source, resources }) => [source, new Map(resources.map((each) => [each.logicalId, each]))]),
  );
  const byStack = new Map(found.map(({ source }) => [source.stack, source]));
  const exported = new Map(
    found.flatMap(({ source }) =>
      Object.values(source.template.Outputs ?? {}).flatMap(({ Value, Export }) =>
        Export === undefined ? [] : [[exportName(Export.Name), { source, value: Value }] as const],
      ),
    ),
  );

  const resolve = (source: Source, value: unknown): Resource[] =>
    referencesIn(value).flatMap((reference) => follow(source, reference));

  const follow = (source: Source, reference: Reference): Resource[] => {
    if (reference.kind === 'output') return output(byStack.get(reference.stack), reference.output);
    if (reference.kind === 'import') {
      const given = exported.get(reference.name);
      return given ? resolve(given.source, given.value) : [];
    }
    return local(source, reference.name, reference.attribute ?? '');
  };

  const output = (source: Source | undefined, name: string): Resource[] =>
    source ? resolve(source, source.template.Outputs?.[name]?.Value) : [];

  const local = (source: Source, name: string, attribute: string): Resource[] => {
    const resource = own.get(source)?.get(name);
    if (!resource) return source.parent ? parameter(source.parent, name) : [];
    if (!attribute.startsWith('Outputs.')) return [resource];
    return output(byStack.get(`${source.stack}/${name}`), attribute.slice('Outputs.'.length));
  };

  const parameter = ({ stack, logicalId }: NonNullable<Source['parent']>, name: string): Resource[] => {
    const source = byStack.get(stack);
    const given = at(source?.template.Resources?.[logicalId]?.Properties, 'Parameters', name);
    return source ? resolve(source, given) : [];
  };

  return resolve;
}
