/** One figure of ours beside what it is measured against. Every figure of this project has this form. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  /** Peers or floors by name, in the same unit and from the same run. */
  readonly peers: Readonly<Record<string, number>>;
  /** Ours divided by each peer: below 1 is better than the peer where less is better. */
  readonly ratio: Readonly<Record<string, number>>;
  /** The ratio aimed at, by peer, as an upper bound. */
  readonly aim: Readonly<Record<string, number>>;
  /** Whether every aim is met. */
  readonly met: boolean;
  readonly conditions: Readonly<Record<string, string | number>>;
}

export interface BenchOptions {
  /** Applications to send, where a benchmark sends some. @default - as its figures in the docs */
  readonly applications?: number;
}

/** A benchmark: what it compares, and the run. */
export interface Bench {
  readonly summary: string;
  run(options: BenchOptions): Promise<Comparison>;
}

/** Forms the ratios and the verdict. */
export function compare(figures: Omit<Comparison, 'ratio' | 'met'>): Comparison {
  const ratio = Object.fromEntries(Object.entries(figures.peers).map(([peer, value]) => [peer, figures.ours / value]));
  const met = Object.entries(figures.aim).every(([peer, bound]) => (ratio[peer] ?? Number.POSITIVE_INFINITY) <= bound);
  return { ...figures, ratio, met };
}
