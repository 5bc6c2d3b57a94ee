import type { FieldProblem } from '../application/validate.ts';
import type { QuarantineClass } from './classes.ts';

/** A record that no retry will mend. */
export class PoisonRecord extends Error {
  readonly poison: QuarantineClass;
  readonly problems: readonly FieldProblem[];

  constructor(poison: QuarantineClass, problems: readonly FieldProblem[]) {
    super(`${poison} record`);
    this.name = 'PoisonRecord';
    this.poison = poison;
    this.problems = problems;
  }
}
