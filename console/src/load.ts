import { useCallback, useEffect, useState } from 'react';
import type { Tell } from './app.tsx';

/** Something that is loaded, and how to load it anew. */
export interface Loaded<Value> {
  /** Undefined until it is there. */
  readonly value: Value | undefined;
  set(value: Value): void;
  reload(): Promise<void>;
}

/** Loads something when the component appears, and says so if it can't. */
export function useLoaded<Value>(load: () => Promise<Value>, tell: Tell): Loaded<Value> {
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
  }, [reload]);
  return { value, set, reload };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
