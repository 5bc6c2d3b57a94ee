/** Collects all that is wrong with a construct's props, so that one error tells of everything. */
export class Problems {
  readonly #construct: string;
  readonly #found: string[] = [];

  constructor(construct: string) {
    this.#construct = construct;
  }

  /** Notes a problem unless the value is all right. The remedy says what is allowed. */
  check(right: boolean, prop: string, value: unknown, remedy: string): this {
    if (!right) this.#found.push(`${prop} is ${JSON.stringify(value)}: ${remedy}`);
    return this;
  }

  /** @throws Error that lists every problem found */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new Error(`${this.#construct}: ${this.#found.join('; ')}`);
  }
}
