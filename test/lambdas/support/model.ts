import { type Reply, type Request, type Server, serve } from './server.ts';

/** A stand-in for the model service that gives the answers it is told to. */
export interface Model extends Server {
  reply: (request: Request) => Reply | Promise<Reply>;
  readonly requests: Request[];
}

export async function startModel(): Promise<Model> {
  const requests: Request[] = [];
  const server = await serve((request) => {
    requests.push(request);
    return model.reply(request);
  });
  const model: Model = { ...server, requests, reply: () => score(0.01) };
  return model;
}

/** An answer of the model service. */
export function score(probability: number): Reply {
  const reasons = [{ code: 'GUARANTEED_SHARE', feature: 'guaranteedShare', contribution: 0.7 }];
  return replyWith(200, JSON.stringify({ probability, modelVersion: 'v0123456789ab', reasons }));
}

export function replyWith(status: number, body: string): Reply {
  return { status, type: 'application/json', body };
}
