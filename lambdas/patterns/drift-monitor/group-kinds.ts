/** What applicants are, as training assesses its models by; with the group, `kind/group`. */
export const groupKinds = ['sector', 'state', 'urbanRural', 'newBusiness'] as const;

export type GroupKind = (typeof groupKinds)[number];
