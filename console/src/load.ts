import { useCallback, useEffect, useState } from 'react';
import type { Tell } from './app.tsx';

/** Something that is loaded, and how to load it anew. */
export interface Loaded<Value> {
  /** Undefined until it is there. */
  readonly value: Value | undefined;
  set(value: Value): void;
  reload(): Promise<void>;
}

/**
 * Loads something when the component appears, and says so if it can't.
 *
 * @param everyMs pause after which it is loaded anew; without one it is loaded once
 */
export function useLoaded<Value>(load: () => Promise<Value>, tell: Tell, everyMs?: number): Loaded<Value> {
  const [value, set] = useState<Value>();
  const reload = useCallback(async () => {
    try {
      set(await load());
    } catch (error) {
      tell('error', messageOf(error));
    }
  }, [load, tell]);
  useEffect(() => {
    void reload();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => void reload(), everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);
  return { value, set, reload };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
