/** What stops a start, in one sentence for the user: what, which value, what to do. */
export class Failure extends Error {
  /** The file that tells more. */
  readonly log: string | undefined;

  constructor(message: string, log?: string) {
    super(message);
    this.name = 'Failure';
    this.log = log;
  }
}

/** The user, or the system, asked for the end. */
export class Interruption extends Error {
  constructor(signal: string) {
    super(`ended by ${signal}`);
    this.name = 'Interruption';
  }
}
