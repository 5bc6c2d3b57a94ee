/** What a value of a template names: something of its own template, or what another stack gives out. */
export type Reference =
  | { readonly kind: 'own'; readonly name: string; readonly attribute?: string }
  | { readonly kind: 'output'; readonly stack: string; readonly output: string }
  | { readonly kind: 'import'; readonly name: string };

/** All references in a value, however deep: `Ref`, `Fn::GetAtt`, `Fn::Sub`, `Fn::ImportValue`, `Fn::GetStackOutput`. */
export function referencesIn(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => intrinsic(key, inner) ?? referencesIn(inner));
}

/** The name of an export, which may be an expression itself, as text to compare. */
export function exportName(name: unknown): string {
  return JSON.stringify(name);
}

/** The references of an intrinsic function; undefined if it is none, or one with no rules of its own. */
function intrinsic(key: string, inner: unknown): Reference[] | undefined {
  switch (key) {
    case 'Ref':
      return typeof inner === 'string' ? [{ kind: 'own', name: inner }] : undefined;
    case 'Fn::GetAtt':
      return attribute(inner);
    case 'Fn::Sub':
      return substitution(inner);
    case 'Fn::ImportValue':
      return [{ kind: 'import', name: exportName(inner) }];
    case 'Fn::GetStackOutput':
      return stackOutput(inner);
    default:
      return undefined;
  }
}

function attribute(inner: unknown): Reference[] | undefined {
  const [name, ...rest]: unknown[] = Array.isArray(inner) ? inner : String(inner).split('.');
  return typeof name === 'string' ? [{ kind: 'own', name, attribute: rest.join('.') }] : undefined;
}

function substitution(inner: unknown): Reference[] {
  const [text, values]: unknown[] = Array.isArray(inner) ? inner : [inner, {}];
  const given = typeof values === 'object' && values !== null ? values : {};
  const named = [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)].flatMap(([, each = '']): Reference[] => {
    const [name = '', ...rest] = each.split('.');
    return name in given ? [] : [{ kind: 'own', name, attribute: rest.join('.') }];
  });
  return [...named, ...referencesIn(given)];
}

function stackOutput(inner: unknown): Reference[] | undefined {
  if (typeof inner !== 'object' || inner === null) return undefined;
  const { StackName, OutputName } = inner as Readonly<Record<string, unknown>>;
  if (typeof StackName !== 'string' || typeof OutputName !== 'string') return undefined;
  return [{ kind: 'output', stack: StackName, output: OutputName }];
}
