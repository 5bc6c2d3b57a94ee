/** A synthesised template, as far as the gate reads it. */
export interface Template {
  readonly Resources?: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface TemplateOutput {
  readonly Value: unknown;
  readonly Export?: { readonly Name: unknown };
}

/** A template with where it is from. */
export interface Source {
  /** Name of the stack; of a nested one, that of its parent, a slash and its logical id there. */
  readonly stack: string;
  readonly file: string;
  readonly template: Template;
  /** Paths of the constructs by logical id, where they are known. */
  readonly paths?: ReadonlyMap<string, string>;
  /** Of a nested stack: the stack and the resource that deploy it. */
  readonly parent?: { readonly stack: string; readonly logicalId: string };
}
