import { automaticRungs, type Rung, type RungName } from '../../lambdas/patterns/decision/rungs.ts';
import type { Told } from './applicants.ts';
import type { Finding } from './evidence.ts';

/** Whether an answer was given past all that the drill has broken, and for that reason. */
export function passesOver({ decidedBy }: Told, { drill: { passesOver: broken } }: Rung): boolean {
  return Object.entries(broken).every(([name, reasons]) =>
    decidedBy.why.some(({ rung, why }) => rung === name && reasons.includes(why)),
  );
}

/** The best rung that a drill leaves whole. */
function wholeRung({ drill: { passesOver: broken } }: Rung): RungName {
  return automaticRungs('normal').find(({ name }) => broken[name] === undefined)?.name ?? 'person';
}

/** Whether what is broken is passed over, and the whole rung was asked: a new instance may not have its file in time. */
export function hasTakenEffect(answer: Told, rung: Rung): boolean {
  const { decidedBy } = answer;
  const asked = [decidedBy.rung, ...decidedBy.why.filter(({ why }) => isOwnWord.test(why)).map((each) => each.rung)];
  return passesOver(answer, rung) && asked.includes(wholeRung(rung));
}

/** Why a rung that did answer left the decision to people. */
const isOwnWord = /^(near-threshold|beyond-its-limits)$/;

export function judgeRungs(rung: Rung, answers: ReadonlyMap<string, Told>): Finding {
  const whole = wholeRung(rung);
  const rungs = [...answers.values()].map(({ decidedBy }) => decidedBy.rung);
  return {
    what: `${whole} decides what it may, and people the rest`,
    held: rungs.includes(whole) && rungs.every((name) => name === whole || name === 'person'),
    found: tally(rungs),
  };
}

/** How often each of some texts is there. */
export function tally(texts: readonly string[]): string {
  const counts = Map.groupBy(texts, (text) => text);
  return [...counts].map(([text, all]) => `${all.length} ${text || '(none)'}`).join('; ');
}
