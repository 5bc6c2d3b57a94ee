// `npm run rights`: what roles of the platform may do and never did in the end-to-end tests, and what they were refused.
import { existsSync } from 'node:fs';
import { type Grant, readRights, rightsFolder } from './ledger.ts';
import { reasons } from './reasons.ts';

process.exitCode = main();

/** @returns the exit code: 0 only if each grant is used or has a reason, each reason a grant, and nothing was refused */
function main(): number {
  if (!existsSync(rightsFolder)) {
    console.error('There is no ledger of rights: run the end-to-end tests first (npx vitest run --project e2e).');
    return 2;
  }
  const { granted, unused, refused } = readRights(rightsFolder, 'Seaworthy');
  const unfounded = unused.filter((grant) => !reasons.some((each) => covers(each, grant)));
  const superfluous = reasons.filter((each) => !unused.some((grant) => covers(each, grant)));
  for (const { role, action, resources } of unfounded)
    console.log(`unused   ${role} ${action} on ${resources.join(', ')}`);
  for (const { actions, reason } of superfluous) console.log(`no need  of the reason for ${actions}: ${reason}`);
  for (const { role, action } of refused) console.log(`refused  ${role} ${action}`);
  console.log(
    `${granted.length} grants: ${granted.length - unused.length} used, ${unused.length - unfounded.length} unused for a reason, ` +
      `${unfounded.length} unused without one; ${refused.length} refusals.`,
  );
  return unfounded.length + superfluous.length + refused.length === 0 ? 0 : 1;
}

function covers({ actions, roles }: (typeof reasons)[number], { role, action }: Grant): boolean {
  return actions.test(action) && (roles?.test(role) ?? true);
}
