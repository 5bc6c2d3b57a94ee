import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { applicationSchema } from '../lambdas/patterns/application/application.ts';
import { featuresOf } from '../lambdas/patterns/features/features.ts';
import { root } from '../scripts/root.ts';
import { type Bench, compare } from './comparison.ts';
import { paced, post, quantile, saturate } from './load.ts';
import { setUp, type TrainedModel, trainedModel } from './loan-history.ts';
import { conditions, median } from './measure.ts';
import { type Server, type ServerName, serverNames, startServer } from './servers.ts';

const rounds = 3;
const forMs = 5_000;
/** Few enough that none of the servers is saturated by it on one core. */
const perSecond = 100;
const connections = 16;

/** What one server was seen to do. */
interface Figures {
  /** Processor microseconds of the server for one request, under as many requests as it takes. */
  readonly cpuMicros: number;
  /** Milliseconds at `perSecond`. */
  readonly p50: number;
  readonly p99: number;
  readonly residentMiB: number;
}

/** Processor time of a request to the model service, beside the same model behind other servers. */
export const modelService: Bench = {
  summary: 'CPU microseconds of a request to the model service, beside Litestar, FastAPI and BentoML',
  async run() {
    const folder = path.join(root, '.state/bench/model-service');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await setUp('services/trainer', 'services/model-service', 'bench');
    const model = await trainedModel(folder, 500);
    const bodies = requestsOf(model.applications);
    const figures = new Map<ServerName, Figures[]>(serverNames.map((name) => [name, []]));
    const answers = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      for (const name of serverNames) {
        const server = await startServer(name, model);
        try {
          answers.add(await firstProbabilities(server, bodies));
          const found = await measure(server, bodies);
          figures.get(name)?.push(found);
          process.stderr.write(`round ${round + 1}/${rounds} ${name}: ${describe(found)}\n`);
        } finally {
          await server.stop();
        }
      }
    }
    if (answers.size !== 1) throw new Error('the servers do not answer alike: they do not serve the same model');
    const of = (name: ServerName, key: keyof Figures) => median((figures.get(name) ?? []).map((each) => each[key]));
    const peers = serverNames.filter((name) => name !== 'model service');
    return compare({
      name: 'model-service',
      unit: 'CPU µs a request',
      ours: of('model service', 'cpuMicros'),
      peers: Object.fromEntries(peers.map((name) => [name, of(name, 'cpuMicros')])),
      aim: { 'Litestar + onnxruntime': 0.5 },
      conditions: {
        ...conditions(rounds),
        ...Object.fromEntries(
          serverNames.map((name) => [
            `${name} at ${perSecond} a second`,
            `p50 ${of(name, 'p50').toFixed(1)} ms, p99 ${of(name, 'p99').toFixed(1)} ms, ${of(name, 'residentMiB').toFixed(0)} MiB`,
          ]),
        ),
        ...singleRow(folder, model, bodies),
      },
    });
  },
};

/** The features of real applications, as the consumer sends them. */
function requestsOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const application = v.safeParse(applicationSchema, JSON.parse(line));
    return application.success ? [JSON.stringify({ features: featuresOf(application.output), explainAbove: 1 })] : [];
  });
}

/** Four digits of each, since servers on other runtimes may differ in the last of a single-precision number. */
async function firstProbabilities(server: Server, bodies: readonly string[]): Promise<string> {
  const found = bodies.slice(0, 50).map(async (body) => {
    const { probability } = JSON.parse(await post(server.score, body)) as { probability: number };
    return probability.toFixed(4);
  });
  return (await Promise.all(found)).join(' ');
}

async function measure(server: Server, bodies: readonly string[]): Promise<Figures> {
  await saturate(server.score, bodies, connections, 1_000);
  const before = server.cpuSeconds();
  const sent = await saturate(server.score, bodies, connections, forMs);
  const cpuMicros = ((server.cpuSeconds() - before) / sent) * 1e6;
  const latencies = await paced(server.score, bodies, perSecond, forMs);
  return {
    cpuMicros,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    residentMiB: server.residentMiB(),
  };
}

function describe({ cpuMicros, p50, p99, residentMiB }: Figures): string {
  const perCpuSecond = (1e6 / cpuMicros).toFixed(0);
  return `${cpuMicros.toFixed(0)} CPU µs (${perCpuSecond} a CPU second), p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, ${residentMiB.toFixed(0)} MiB`;
}

/** Processor microseconds of one score without a server. */
function singleRow(folder: string, model: TrainedModel, bodies: readonly string[]): Record<string, string> {
  const file = path.join(folder, 'bodies.json');
  writeFileSync(file, `[${bodies.join(',')}]`);
  const python = path.join(root, 'services/model-service/.venv/bin/python');
  const args = [path.join(root, 'bench/single-row.py'), model.registry, model.publicKey, file];
  const output = execFileSync(python, args, { encoding: 'utf8' });
  const found = JSON.parse(output) as Record<string, number>;
  return Object.fromEntries(
    Object.entries(found).map(([name, micros]) => [`one row: ${name}`, `${micros.toFixed(1)} µs`]),
  );
}
