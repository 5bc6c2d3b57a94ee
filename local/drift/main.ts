// `npm run drift -- FILE`: replays later years with their outcomes as late as they came, and tells what would have rung.
import { parseArgs } from 'node:util';
import type { Evidence } from '../../lambdas/patterns/drift/evidence.ts';
import { monthName } from '../../lambdas/patterns/drift/outcomes.ts';
import { comparePopulations } from '../../lambdas/patterns/drift/population.ts';
import { seeded } from './random.ts';
import { lossAfter, replayOutcomes, replayPopulation, sampleOf } from './replay.ts';
import { readScored, type ScoredLoan } from './scored.ts';

/** Scores nearer than this to the threshold go to people. */
const referMargin = 0.02;

const usage = `npm run drift -- FILE [--cost-ratio N] [--tolerated RATIO] [--approved]

--approved watches only the later loans whose score is below the threshold by 0.02 or more, as the platform does

FILE is what this writes: uv run --project services/trainer python -m trainer.online scored --help`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'cost-ratio': { type: 'string', default: '5' },
    tolerated: { type: 'string', default: '1.5' },
    approved: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;
if (values.help || file === undefined) console.log(usage);
else report(await readScored(file), Number(values['cost-ratio']), Number(values.tolerated));

function report(loans: readonly ScoredLoan[], costRatio: number, tolerated: number): void {
  reportHalves(loans);
  reportPopulation(loans);
  reportOutcomes(values.approved ? loans.filter((loan) => isWatched(loan, costRatio)) : loans, costRatio, tolerated);
}

/** Whether the platform watches a loan: the model has learned from it, or approves it by itself. */
function isWatched({ training, probability }: ScoredLoan, costRatio: number): boolean {
  return training || probability < 1 / (costRatio + 1) - referMargin;
}

/** Two halves of one year, drawn by lot: nothing has changed between them. */
function reportHalves(loans: readonly ScoredLoan[]): void {
  const random = seeded(1);
  const last = loans.reduce((most, { training, month }) => (training ? Math.max(most, month) : most), 0);
  const year = loans.filter(({ training, month }) => training && month > last - 12);
  const [first = [], second = []] = Object.values(Object.groupBy(year, () => (random() < 0.5 ? 'a' : 'b')));
  const found = comparePopulations(sampleOf(first), sampleOf(second), { random });
  const significant = found.filter((each) => each.significant).length;
  const largest = Math.max(...found.filter(({ statistic }) => statistic === 'psi').map(({ value }) => value));
  console.log(`Halves of the last year of training (${first.length} and ${second.length} loans):`);
  console.log(`  ${significant} of ${found.length} comparisons significant, largest index ${largest.toFixed(4)}`);
}

function reportPopulation(loans: readonly ScoredLoan[]): void {
  console.log('Population, each quarter against the last year of training:');
  for (const { month, found } of replayPopulation(loans, seeded(2))) {
    const drifted = found
      .filter((each) => each.drifted)
      .map(({ feature, statistic, value }) => `${feature} ${statistic} ${value.toFixed(2)}`);
    const score = found.find(({ feature, statistic }) => feature === 'score' && statistic === 'psi');
    console.log(
      `  ${monthName(month)} score index ${score?.value.toFixed(3)}; drifted: ${drifted.join(', ') || 'none'}`,
    );
  }
}

function reportOutcomes(loans: readonly ScoredLoan[], costRatio: number, tolerated: number): void {
  const { months, rang, ratio } = replayOutcomes(loans, { tolerated });
  console.log('Defaults that became known, observed / expected, and the evidence against the model:');
  for (const { month, observed, expected, evidence, rings } of months.filter(({ month }) => month % 3 === 2)) {
    const mark = rings ? ' rings' : '';
    console.log(`  ${monthName(month)} ${observed} / ${expected.toFixed(1)}, ${evidence.toPrecision(3)}${mark}`);
  }
  if (rang) reportLoss(loans, rang, ratio, costRatio, tolerated);
  else console.log('It never rang.');
}

function reportLoss(
  loans: readonly ScoredLoan[],
  rang: Evidence,
  ratio: number,
  costRatio: number,
  tolerated: number,
): void {
  console.log(
    `It rang at the end of ${monthName(rang.month)}, at ${ratio.toFixed(1)} times the expected defaults so far.`,
  );
  // The least that the ring claims; what was observed mixes more defaults with sooner ones.
  const loss = lossAfter(loans, rang.month, tolerated, costRatio);
  const each = (cost: number) => (cost / loss.applications).toFixed(3);
  const million = (dollars: number) => `${(dollars / 1e6).toFixed(0)} million US dollars`;
  console.log(`After that, ${loss.applications} applications, cost per application:`);
  console.log(
    `  model left alone ${each(loss.alone)}, odds times ${tolerated} ${each(loss.corrected)}, all declined ${each(loss.declined)}`,
  );
  console.log(`  loans no longer approved: ${million(loss.chargedOff)} of principal were charged off,`);
  console.log(`  and ${loss.goodRefused} good loans of ${million(loss.goodRefusedAmount)} are refused`);
}
