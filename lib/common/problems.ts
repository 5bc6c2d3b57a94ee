import { Token } from 'aws-cdk-lib';

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

  /** Notes a problem unless the number is known only at deployment, or within the limits, both included. */
  within(prop: string, value: number, least: number, most: number): this {
    if (Token.isUnresolved(value)) return this;
    return this.check(value >= least && value <= most, prop, value, `set ${least} to ${most}`);
  }

  /** @throws Error that lists every problem found */
  throwIfAny(): void {
    if (this.#found.length > 0) throw new Error(`${this.#construct}: ${this.#found.join('; ')}`);
  }
}
