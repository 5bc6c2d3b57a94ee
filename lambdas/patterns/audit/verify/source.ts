/** Where a log can be read: its bucket, or a copy of it in a folder. */
export interface LogSource {
  read(path: string): Promise<Uint8Array | undefined>;
  /** Paths that begin with a prefix, in their order. */
  list(prefix: string): Promise<readonly string[]>;
}

/** Something that is wrong with a log. */
export interface Finding {
  readonly kind:
    | 'checkpoint-untrusted'
    | 'checkpoint-missing'
    | 'rolled-back'
    | 'fork'
    | 'rewritten'
    | 'entry-changed'
    | 'entries-reordered'
    | 'damaged'
    | 'missing'
    | 'tile-changed';
  /** The object, or the entries, that it is about. */
  readonly where: string;
  /** What exactly was found. */
  readonly what: string;
}
