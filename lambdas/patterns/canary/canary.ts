import { randomUUID } from 'node:crypto';
import type { Application } from '../application/application.ts';

/** The route by which canaries come in; only their sender has the right to call it. */
export const canaryRoute = 'POST /canaries';

/** What the id of a canary begins with. The door lets no application have it that comes by another route. */
export const canaryPrefix = 'canary-';

/** Whether an application is a canary: decided and recorded as any other, and never counted, learned from or reviewed. */
export function isCanary(applicationId: string): boolean {
  return applicationId.startsWith(canaryPrefix);
}

/** An application that is in order and that nobody has made. */
export function goodCanary(now: Date): Application {
  return {
    applicationId: `${canaryPrefix}${randomUUID()}`,
    submittedAt: now.toISOString().slice(0, 10),
    applicantName: 'Canary',
    city: 'Canary',
    state: 'CA',
    zip: '94107',
    lenderName: null,
    lenderState: 'CA',
    industryCode: '621210',
    requestedAmount: 50_000,
    guaranteedAmount: 25_000,
    employees: 4,
    newBusiness: false,
    jobsCreated: 0,
    jobsRetained: 4,
    franchise: false,
    urbanRural: 'urban',
    revolvingCredit: false,
    lowDocumentation: false,
  };
}

/** The field that is wrong in a bad canary. */
export const badField = 'guaranteedAmount';

/** An application that must be refused: more of the loan is guaranteed than is asked for. */
export function badCanary(now: Date): Application {
  const good = goodCanary(now);
  return { ...good, [badField]: good.requestedAmount + 1 };
}
