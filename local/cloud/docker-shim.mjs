#!/usr/bin/env node
// CDK_DOCKER of the embedded cloud: `build`, `tag`, `push`, `inspect` and `login` as the CDK calls them.
//
// Where Docker answers, it builds and tags; nothing is pushed, the tasks run from Docker's own store. Where it does not,
// "building" an image copies its folder, sets up its Python environment from uv.lock, and takes command and environment
// from the last stage of its Dockerfile. Either way $SEAWORTHY_STATE/images.json tells the tasks what was built:
// {name: {kind: "docker", pushed} | {kind: "process", dir, command, env, pushed}}.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const state = process.env.SEAWORTHY_STATE;
if (!state) fail('SEAWORTHY_STATE is not set: set it to the state folder of the embedded cloud');
const recorded = path.join(state, 'images.json');
const tools = path.join(import.meta.dirname, '.venv/bin');

const [command, ...args] = process.argv.slice(2);
const commands = { build, tag, push, inspect, image: inspect, login };
const run = commands[command];
if (!run) fail(`docker ${command} is not known here: only ${Object.keys(commands).join(', ')}`);
run(args);

function build(args) {
  const { name, file, folder } = parseBuild(args);
  if (dockerAnswers()) {
    docker(['build', ...args], { DOCKER_BUILDKIT: '1' });
    record(name, { kind: 'docker' });
    return;
  }
  const dir = path.join(state, 'images', name.replaceAll(/[^\w.-]/g, '_'));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(path.dirname(dir), { recursive: true });
  cpSync(folder, dir, { recursive: true });
  if (existsSync(path.join(dir, 'uv.lock'))) setUpPython(dir);
  record(name, { kind: 'process', dir, ...parseDockerfile(readFileSync(path.join(folder, file), 'utf8')) });
}

function tag([from, to]) {
  const images = read();
  const image = images[from];
  if (!image) fail(`image ${from} has not been built`);
  if (image.kind === 'docker') docker(['tag', from, to]);
  record(to, image);
}

function push([name]) {
  const image = read()[name];
  if (!image) fail(`image ${name} has not been built`);
  record(name, { ...image, pushed: true });
}

function inspect(args) {
  const name = args.findLast((arg) => !arg.startsWith('-'));
  process.exit(name && read()[name] ? 0 : 1);
}

function login() {
  // The password arrives on standard input, and no registry asks for it.
  process.stdin.resume();
}

/** The name, Dockerfile and folder of a `docker build`; options that take a value must be known. */
function parseBuild(args) {
  const withValue = ['--tag', '-t', '--file', '-f', '--build-arg', '--platform', '--target', '--network', '--secret'];
  const values = {};
  let folder = '.';
  for (let i = 0; i < args.length; i++) {
    const [option, inline] = args[i].split(/=(.*)/s);
    if (withValue.includes(option)) values[option] = inline ?? args[++i];
    else if (!option.startsWith('-')) folder = args[i];
    else if (inline === undefined) fail(`docker build ${option} is not known here`);
  }
  const name = values['--tag'] ?? values['-t'];
  if (!name) fail('docker build needs --tag');
  if (values['--target'] && !dockerAnswers()) fail('docker build --target needs Docker');
  return { name, file: values['--file'] ?? values['-f'] ?? 'Dockerfile', folder: path.resolve(folder) };
}

/** Command and environment of the last stage. Paths within the image mean nothing outside it, so PATH is left out. */
function parseDockerfile(text) {
  const instructions = text
    .replaceAll(/^\s*#.*\n?/gm, '')
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .flatMap((line) => {
      const match = /^\s*([A-Z]+)\s+(.*?)\s*$/i.exec(line);
      return match ? [{ name: match[1].toUpperCase(), value: match[2] }] : [];
    });
  const stage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
  const last = (wanted) => stage.findLast(({ name }) => name === wanted)?.value;
  const command = [...asList(last('ENTRYPOINT')), ...asList(last('CMD'))];
  if (command.length === 0) fail('the last stage of the Dockerfile has no CMD or ENTRYPOINT');
  const env = {};
  for (const { name, value } of stage) {
    if (name !== 'ENV') continue;
    for (const [, key, quoted, plain] of value.matchAll(/(\w+)=(?:"([^"]*)"|(\S+))/g)) env[key] = quoted ?? plain;
  }
  delete env.PATH;
  return { command, env };
}

function asList(value) {
  if (!value) return [];
  return value.startsWith('[') ? JSON.parse(value) : ['sh', '-c', value];
}

/** Installs what uv.lock says into the copy's .venv; the packages come from uv's cache where it has them. */
function setUpPython(dir) {
  const sync = ['sync', '--frozen', '--no-dev', '--no-editable', '--python', path.join(tools, 'python')];
  const result = spawnSync(path.join(tools, 'uv'), [...sync, '--project', dir], {
    // The CDK has a home of its own here; the cache is in the user's.
    env: {
      ...process.env,
      HOME: os.userInfo().homedir,
      VIRTUAL_ENV: '',
      UV_PYTHON_DOWNLOADS: 'never',
      UV_SYSTEM_CERTS: '1',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0)
    fail(`can't set up the Python environment of ${dir}: ${result.error?.message ?? 'see above'}`);
}

function dockerAnswers() {
  return spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' }).status === 0;
}

function docker(args, env = {}) {
  const result = spawnSync('docker', args, { env: { ...process.env, ...env }, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function read() {
  return existsSync(recorded) ? JSON.parse(readFileSync(recorded, 'utf8')) : {};
}

/** The CDK builds images one after the other, but a reader must never see half a file. */
function record(name, image) {
  const next = `${recorded}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ ...read(), [name]: image }, null, 2)}\n`);
  renameSync(next, recorded);
}

function fail(message) {
  process.stderr.write(`docker-shim: ${message}\n`);
  process.exit(1);
}
