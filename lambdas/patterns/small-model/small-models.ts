import type { Decider, Scored } from '../decision/ladder.ts';
import type { Manifest, ModelRegistry } from '../model-registry/registry.ts';
import type { Deadline } from '../resilience/deadline.ts';
import { policyRule } from './policy-rule.ts';
import { type Found, scorecard } from './scorecard.ts';

/** How old the knowledge of the champion may be. Milliseconds. */
const freshMs = 60_000;

interface Loaded {
  readonly manifest: Manifest;
  readonly find: (features: Parameters<ReturnType<typeof scorecard>>[0]) => Found;
}

/**
 * A decider by a file of the champion's: read and checked when it is first needed, kept in the container, and looked
 * for anew each minute while it is in use. The last good one stays if a newer one can't be had.
 */
function fromFile(
  registry: ModelRegistry,
  file: string,
  parse: (content: string, encodings: Manifest['encodings']) => Loaded['find'],
  now: () => number,
): Decider {
  let loaded: Loaded | undefined;
  let askAfter = 0;

  async function load(deadline: Deadline): Promise<Loaded> {
    const manifest = await registry.champion(deadline);
    if (manifest.version === loaded?.manifest.version) return loaded;
    return { manifest, find: parse(await registry.file(manifest, file, deadline), manifest.encodings) };
  }

  return async ({ features }, deadline): Promise<Scored> => {
    if (now() >= askAfter) {
      try {
        loaded = await load(deadline);
        askAfter = now() + freshMs;
      } catch (error) {
        if (!loaded) throw error;
        askAfter = now() + freshMs / 10;
      }
    }
    const { manifest, find } = loaded as Loaded;
    const { dataSnapshot } = manifest.lineage;
    return { ...find(features), modelVersion: manifest.version, dataSnapshot };
  };
}

/** The models small enough for the inside of a function, as the trainer exported them with the champion. */
export function smallModels(registry: ModelRegistry, now: () => number): { scorecard: Decider; rules: Decider } {
  return {
    scorecard: fromFile(registry, 'scorecard.json', scorecard, now),
    rules: fromFile(registry, 'policy.json', policyRule, now),
  };
}
