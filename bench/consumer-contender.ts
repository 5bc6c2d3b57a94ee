// One contender of the benchmark `consumer`: `node bench/consumer-contender.ts NAME RECORDS` handles so many, then ends.
import { batches, contenders, context } from './consumer-contenders.ts';

const [name = '', count = '0'] = process.argv.slice(2);
const handle = contenders[name];
if (!handle) throw new Error(`there is no contender ${name}: name one of ${Object.keys(contenders).join(', ')}`);
const [batch] = batches(100, 0);
for (let done = 0; batch && done < Number(count); done += batch.Records.length) await handle(batch, context());
