/**
 * Waits for works that go on side by side. If one fails the others are ended and waited for, so that none is left
 * running behind the failure.
 *
 * @param signal ends all of them
 * @param begin begins the works, each of which ends with the signal that it is given
 * @throws what the first to fail has thrown
 */
export async function together<Results extends readonly unknown[]>(
  signal: AbortSignal,
  begin: (signal: AbortSignal) => { readonly [Index in keyof Results]: Promise<Results[Index]> },
): Promise<Results> {
  const ending = new AbortController();
  let first: { readonly error: unknown } | undefined;
  const works = begin(AbortSignal.any([signal, ending.signal])).map((work) =>
    work.catch((error: unknown) => {
      first ??= { error };
      ending.abort(error);
    }),
  );
  const results = await Promise.all(works);
  if (first) throw first.error;
  return results as unknown as Results;
}
