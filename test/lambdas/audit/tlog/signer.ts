import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { keyOfSpki, type Signer, type Verifier, verifierOf } from '../../../../lambdas/patterns/audit/tlog/note.ts';

/** A key pair with a seed that everybody knows. */
export function testSigner(name = 'audit.example/trail', seed = 1): { signer: Signer; verifier: Verifier } {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const verifier = verifierOf(name, keyOfSpki(spki));
  const signer = { ...verifier, sign: (text: Uint8Array) => Promise.resolve(sign(null, text, privateKey)) };
  return { signer, verifier };
}
