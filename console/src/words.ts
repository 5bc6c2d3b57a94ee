import type { ModeView } from '../../lambdas/patterns/modes/request.ts';
import type { ReasonCode, ReferralReason, Verdict } from '../../lambdas/patterns/review/case.ts';
import codes from '../../schemas/reason-codes.json';

export const referrals: Readonly<Record<ReferralReason, string>> = {
  'near-threshold': 'Close to the threshold',
  'below-model': 'The model did not decide',
  amount: 'Large amount',
  contested: 'Contested by the applicant',
  'audit-sample': 'Random audit sample',
};

export const grounds: Readonly<Record<ReasonCode, string>> = {
  'documents-support': 'The documents support it',
  'documents-missing': 'Documents are missing',
  affordability: 'Affordability',
  'model-misses-facts': 'The model misses facts',
  'policy-exception': 'Exception to the policy',
  'suspected-fraud': 'Suspected fraud',
  other: 'Other',
};

export const verdicts: Readonly<Record<Verdict, string>> = { approve: 'Approve', decline: 'Decline' };

/** The modes of deciding, and what each does. */
export const modeTexts: Readonly<Record<ModeView['mode'], { readonly label: string; readonly description: string }>> = {
  normal: { label: 'Normal', description: 'The model decides what it may.' },
  degraded: { label: 'Degraded', description: 'The scorecard and the rules decide; the model service is not asked.' },
  manual: { label: 'Manual', description: 'People decide every application.' },
  stop: {
    label: 'Stop',
    description: 'Nothing is decided. Applications are kept, and taken up again when the stop ends.',
  },
  unknown: { label: 'Unknown', description: 'What is set is no mode: people decide until somebody switches.' },
};

/** What a reason of the model is about. */
export function reasonText(code: string): string {
  const known: Readonly<Record<string, { readonly text: string }>> = codes;
  return known[code]?.text ?? code;
}

/** The name of a feature, as words: `guaranteedShare` is "Guaranteed share". */
export function featureText(name: string): string {
  const words = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const money = new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'USD', maximumFractionDigits: 0 });
const share = new Intl.NumberFormat('en-GB', { style: 'percent', maximumFractionDigits: 1 });
const instant = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

export const amountText = (amount: number): string => money.format(amount);
export const instantText = (iso: string): string => instant.format(new Date(iso));
export const probabilityText = (value: number | null): string => (value === null ? 'None' : share.format(value));

/** A feature's value as it is read. */
export function valueText(name: string, value: unknown): string {
  if (value === null) return 'Not known';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (typeof value !== 'number') return String(value);
  if (name === 'amount') return amountText(value);
  return name.endsWith('Share') ? share.format(value) : value.toLocaleString('en-GB', { maximumFractionDigits: 2 });
}
