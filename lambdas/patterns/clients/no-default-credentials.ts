/**
 * Stands in for the SDK's default credential chain in the bundles (`scripts/bundle.ts`). Every client is given its
 * credentials, so the chain (profiles, single sign-on, processes) would be dead weight, a fifth to a third of a bundle.
 *
 * @throws Error for a client that was made without credentials
 */
export function defaultProvider(): never {
  throw new Error('there is no default credential chain in a bundle: make the client in patterns/clients');
}
