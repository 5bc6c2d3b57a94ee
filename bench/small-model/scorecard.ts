// The rung as it is: the exported scorecard, its reasons included.
import { scorecard } from '../../lambdas/patterns/small-model/scorecard.ts';
import { subject } from './subject.ts';

await subject((read, encodings) => {
  const find = scorecard(read('scorecard.json').toString(), encodings);
  return (features) => find(features).probability;
});
