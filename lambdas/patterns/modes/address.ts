import type { ModeAddress } from './modes.ts';
import type { SwitchModeOptions } from './switch-mode.ts';

/** @throws Error unless it is `application/environment/profile`, of ids */
export function parseModeAddress(value: string): ModeAddress {
  const [application, environment, profile, ...rest] = value.split('/');
  if (application && environment && profile && rest.length === 0) return { application, environment, profile };
  throw new Error(`MODES is ${JSON.stringify(value)}: set it to application/environment/profile, by their ids`);
}

/** @throws Error unless it is `at once/watched`, the ids of the two deployment strategies */
export function parseModeStrategies(value: string): Pick<SwitchModeOptions, 'atOnce' | 'watched'> {
  const [atOnce, watched, ...rest] = value.split('/');
  if (atOnce && watched && rest.length === 0) return { atOnce, watched };
  throw new Error(`MODE_STRATEGIES is ${JSON.stringify(value)}: set it to at-once/watched, by their ids`);
}
