/** A record was not begun: too many of its batch had failed for reasons that are no property of a record. */
export class Braked extends Error {
  constructor() {
    super('the batch was stopped before this record was begun');
    this.name = 'Braked';
  }
}

/** Stops a batch, so that a fault of ours is met a few times and not once for every record. */
export interface Brake {
  /** Counts a failure of a class that says stop. */
  note(): void;
  /** @throws Braked once that many were counted */
  check(): void;
}

/**
 * A brake for one batch.
 *
 * One failure alone does not stop anything: it may be one odd record, and no other may be harmed by it.
 */
export function brake(most: number): Brake {
  let failures = 0;
  return {
    note: () => {
      failures++;
    },
    check: () => {
      if (failures >= most) throw new Braked();
    },
  };
}
