import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../../local/start/ports.ts';
import { command, endGroup } from '../../../../scripts/command.ts';
import { brokerClassPath } from './archives.ts';

/** A broker of Kafka on this machine, which is its own controller. Clients reach it by TLS and SCRAM alone. */
export interface Broker {
  /** Address of its listener for clients. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  /** Certificate that its listener can be known by, as PEM. */
  readonly certificate: string;
  stop(): Promise<void>;
}

const patienceMs = 120_000;
const username = 'seaworthy';

/** Starts a broker on free ports. @throws Error with the broker's last words */
export async function startBroker(): Promise<Broker> {
  const classPath = await brokerClassPath();
  const folder = await mkdtemp(path.join(tmpdir(), 'seaworthy-kafka-'));
  const password = randomBytes(12).toString('hex');
  const [client, internal, controller] = [await freePort(), await freePort(), await freePort()];
  const certificate = await makeCertificate(folder, password);
  const properties = path.join(folder, 'server.properties');
  writeFileSync(properties, settings(folder, password, client, internal, controller));
  const java = (main: string, args: readonly string[]) => ['-Xmx512m', '-cp', classPath, main, ...args];
  const scram = `SCRAM-SHA-512=[name=${username},password=${password}]`;
  const format = ['format', '--cluster-id', clusterId(), '--config', properties, '--add-scram', scram];
  const { code, stderr, stdout } = await command('java', java('kafka.tools.StorageTool', format));
  if (code !== 0) throw new Error(`the broker's storage could not be made: ${stderr.at(-1) ?? stdout}`);
  const log = path.join(folder, 'broker.log');
  const output = openSync(log, 'a');
  const child = spawn('java', java('kafka.Kafka', [properties]), { stdio: ['ignore', output, output], detached: true });
  const stop = async () => {
    await endGroup(child, 10_000);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const end = Date.now() + patienceMs;
  while (!(await listens(client))) {
    if (child.exitCode !== null || Date.now() > end) {
      const words = readFileSync(log, 'utf8').split('\n').slice(-20).join('\n');
      await stop();
      throw new Error(`the broker does not listen:\n${words}`);
    }
    await sleep(200);
  }
  return { address: `127.0.0.1:${client}`, username, password, certificate, stop };
}

/** 16 random bytes in base64url, of which the tools want that they begin with no hyphen. */
function clusterId(): string {
  return `a${randomBytes(16).toString('base64url').slice(1, 22)}`;
}

function settings(folder: string, password: string, client: number, internal: number, controller: number): string {
  const logs = path.join(folder, 'data');
  mkdirSync(logs);
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=CLIENT://127.0.0.1:${client},INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=CLIENT://127.0.0.1:${client},INTERNAL://127.0.0.1:${internal}
listener.security.protocol.map=CLIENT:SASL_SSL,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=INTERNAL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.location=${path.join(folder, 'broker.p12')}
ssl.keystore.type=PKCS12
ssl.keystore.password=${password}
log.dirs=${logs}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}

/** Makes a key and a certificate that vouches for itself. @returns the certificate as PEM */
async function makeCertificate(folder: string, password: string): Promise<string> {
  const store = ['-keystore', path.join(folder, 'broker.p12'), '-storetype', 'PKCS12', '-storepass', password];
  const who = ['-alias', 'broker', '-dname', 'CN=broker', '-ext', 'SAN=IP:127.0.0.1', '-ext', 'BC=ca:true'];
  const made = await command('keytool', ['-genkeypair', '-keyalg', 'EC', '-validity', '2', ...who, ...store]);
  const exported = await command('keytool', ['-exportcert', '-rfc', '-alias', 'broker', ...store]);
  if (made.code === 0 && exported.code === 0) return exported.stdout;
  throw new Error(`keytool failed: ${[...made.stderr, ...exported.stderr].join(' ')}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
