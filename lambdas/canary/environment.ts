import { numberWithin, required, type Source } from '../patterns/environment/environment.ts';

const names = ['API_URL', 'AWS_REGION', 'WITHIN_SECONDS'] as const;

/** What the canary handler needs: the region is the runtime's own, the rest its construct's. */
export type CanaryEnvironment = Readonly<Record<Exclude<(typeof names)[number], 'AWS_REGION'>, string>>;

export interface CanarySettings {
  /** Address of the API, without a slash at its end. */
  readonly apiUrl: string;
  readonly region: string;
  /** Time in which a canary has to be decided. Milliseconds. */
  readonly withinMs: number;
}

/** @throws Error that names the variable and the remedy */
export function parseEnvironment(source?: Source): CanarySettings {
  const environment = required(names, source);
  return {
    apiUrl: environment.API_URL,
    region: environment.AWS_REGION,
    withinMs: 1_000 * numberWithin('WITHIN_SECONDS', environment.WITHIN_SECONDS, 10, 600),
  };
}
