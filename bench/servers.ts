import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../local/start/ports.ts';
import { processTree } from '../local/start/processes.ts';
import { endGroup } from '../scripts/command.ts';
import { root } from '../scripts/root.ts';
import type { TrainedModel } from './loan-history.ts';

/** A server of the model, started for a measurement. */
export interface Server {
  /** Address of `POST /score`. */
  readonly score: URL;
  /** Processor seconds so far, of all its processes. */
  cpuSeconds(): number;
  /** MiB resident now, of all its processes; a page that they share counts once for each. */
  residentMiB(): number;
  stop(): Promise<void>;
}

interface Launch {
  readonly project: string;
  args(port: string): readonly string[];
}

const uvicorn = (module: string): Launch => ({
  project: 'bench',
  args: (port) => [
    '-m',
    'uvicorn',
    `servers.${module}:app`,
    '--port',
    port,
    '--log-level',
    'warning',
    '--no-access-log',
  ],
});

const launches = {
  'model service': { project: 'services/model-service', args: () => ['-m', 'model_service'] },
  'Litestar + onnxruntime': uvicorn('litestar_onnx'),
  'FastAPI + onnxruntime': uvicorn('fastapi_onnx'),
  'FastAPI + scikit-learn': uvicorn('fastapi_sklearn'),
  'BentoML + onnxruntime': {
    project: 'bench',
    args: (port) => ['-m', 'bentoml', 'serve', 'servers.bentoml_onnx:Loans', '--port', port],
  },
} satisfies Record<string, Launch>;

export type ServerName = keyof typeof launches;

export const serverNames = Object.keys(launches) as ServerName[];

/** Starts a server of the model and waits until it is healthy. @throws Error if it ends before, or is not in a minute */
export async function startServer(name: ServerName, model: TrainedModel): Promise<Server> {
  const { project, args }: Launch = launches[name];
  const port = String(await freePort());
  const folder = path.join(root, project);
  const child = spawn(path.join(folder, '.venv/bin/python'), args(port), {
    cwd: folder,
    env: {
      ...process.env,
      HOST: '127.0.0.1',
      PORT: port,
      MODEL_REGISTRY: model.registry,
      MODEL_SIGNING_KEY: model.publicKey,
      MODEL_VERSION: model.version,
      BENTOML_DO_NOT_TRACK: 'True',
      ORT_DISABLE_TELEMETRY: '1',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
  });
  const address = `http://127.0.0.1:${port}`;
  const stop = () => endGroup(child, 5_000);
  try {
    // BentoML takes POST for every route.
    await healthy(new URL(`${address}/health`), name.startsWith('BentoML') ? 'POST' : 'GET', () => child.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  const tree = () => processTree(child.pid ?? 0);
  return {
    score: new URL(`${address}/score`),
    cpuSeconds: () => tree().reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    residentMiB: () => tree().reduce((sum, { bytes }) => sum + bytes, 0) / 2 ** 20,
    stop,
  };
}

async function healthy(url: URL, method: string, exitCode: () => number | null): Promise<void> {
  const latest = performance.now() + 60_000;
  while (performance.now() < latest) {
    if (exitCode() !== null) throw new Error(`the server of ${url.href} ended with ${exitCode()}`);
    const answer = await fetch(url, { method }).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error(`${url.href} is not healthy after a minute`);
}
