'use strict';
// The Node runtime of one execution environment. The emulator sends one JSON line per invocation over a socket, and
// gets one back; whatever the function writes to its output is its log.

const fs = require('node:fs');
const https = require('node:https');
const http = require('node:http');
const Module = require('node:module');
const net = require('node:net');
const path = require('node:path');
const readline = require('node:readline');
const { pathToFileURL } = require('node:url');
const { format, types } = require('node:util');

const connection = new net.Socket({ fd: Number(process.argv[2]) });
process.argv.length = 2;
const jsonLog = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
let requestId = '';

/** An error of the runtime itself, such as a handler that is not there. */
class RuntimeError extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function described(error) {
  if (!types.isNativeError(error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') };
}

function send(message, then) {
  connection.write(`${JSON.stringify(message)}\n`, then);
}

/** Sends the error and ends, as an environment does that can't be used again. */
function endWith(error, code) {
  send({ error: described(error) }, () => process.exit(code));
}

function logError(title, error) {
  const { errorType, errorMessage, trace } = described(error);
  const entry = { errorType, errorMessage, stack: trace };
  writeLog('ERROR', jsonLog ? entry : `${title}\t${JSON.stringify(entry)}`);
}

function writeLog(level, message) {
  const timestamp = new Date().toISOString();
  const text = typeof message === 'string' ? message.replaceAll('\n', '\r') : message;
  const line = jsonLog
    ? JSON.stringify({ timestamp, level, requestId, message: text })
    : `${timestamp}\t${requestId || 'undefined'}\t${level}\t${text}`;
  process.stdout.write(`${line}\n`);
}

/** As on AWS, a line that is logged through the console says when, in which request and at which level. */
function patchConsole() {
  const levels = { log: 'INFO', info: 'INFO', debug: 'DEBUG', warn: 'WARN', error: 'ERROR', trace: 'TRACE' };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => writeLog(level, format(...values));
  }
}

/**
 * CloudFormation's answers go to the emulator, whose addresses are plain HTTP: the usual handlers of custom resources
 * use HTTPS whatever the address says, and drop its port.
 */
function patchHttps() {
  const gateway = new URL(process.env.AWS_ENDPOINT_URL);
  const original = https.request;
  https.request = (first, ...rest) => {
    const given = typeof first === 'string' ? new URL(first) : first;
    const options = given instanceof URL ? { hostname: given.hostname, path: given.pathname + given.search } : given;
    const host = options.hostname ?? options.host;
    if (host !== gateway.hostname && host !== 'localhost') return original(first, ...rest);
    const more = typeof rest[0] === 'object' ? rest.shift() : {};
    const local = { hostname: gateway.hostname, host: gateway.hostname, port: gateway.port, protocol: 'http:' };
    const { agent, _defaultAgent, ...kept } = { ...options, ...more };
    return http.request({ ...kept, ...local }, ...rest);
  };
  https.get = (...values) => https.request(...values).end();
  Module.syncBuiltinESMExports();
}

async function loadModule(file) {
  const found = ['', '.js', '.mjs', '.cjs'].map((extension) => file + extension).find(isFile);
  if (!found) throw new RuntimeError('Runtime.ImportModuleError', `Error: Cannot find module '${path.basename(file)}'`);
  try {
    if (found.endsWith('.mjs')) return await import(pathToFileURL(found).href);
    return require(found);
  } catch (error) {
    if (error?.code === 'ERR_REQUIRE_ASYNC_MODULE') return import(pathToFileURL(found).href);
    if (error instanceof SyntaxError) throw new RuntimeError('Runtime.UserCodeSyntaxError', String(error));
    if (/^(ERR_)?MODULE_NOT_FOUND$/.test(error?.code)) {
      throw new RuntimeError('Runtime.ImportModuleError', String(error));
    }
    throw error;
  }
}

function isFile(file) {
  return fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

async function loadHandler() {
  const name = process.env._HANDLER;
  const [, file, member] = /^(.*?)\.([^/]*)$/.exec(name) ?? [];
  if (!member) throw new RuntimeError('Runtime.MalformedHandlerName', 'Bad handler');
  const module = await loadModule(path.resolve(process.env.LAMBDA_TASK_ROOT, file));
  const found = member.split('.').reduce((value, key) => value?.[key], module) ?? module.default?.[member];
  if (typeof found !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${name} is undefined or not exported`);
  }
  const version = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1]);
  if (found.length > 2 && version >= 24) {
    const message = 'callback-based function handlers are not supported from Node.js 24 on: use an async handler';
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', message);
  }
  return found;
}

function contextOf({ invokedFunctionArn, deadline, callbacks }) {
  const { env } = process;
  return {
    ...callbacks,
    callbackWaitsForEmptyEventLoop: true,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: requestId,
    invokedFunctionArn,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** What the handler gives: its promise, or what it hands to the callback or to the context. */
function called(handler, event, invocation) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const callbacks = { done, succeed: resolve, fail: reject };
    const result = handler(event, contextOf({ ...invocation, callbacks }), done);
    if (handler.length < 3 || typeof result?.then === 'function') resolve(result);
  });
}

async function invoke(handler, { event, environment, ...invocation }) {
  requestId = invocation.requestId;
  for (const [name, value] of Object.entries(environment)) {
    if (value === null) delete process.env[name];
    else process.env[name] = value;
  }
  try {
    const result = await called(handler, event, invocation);
    send({ result: result === undefined ? null : result });
  } catch (error) {
    logError('Invoke Error', error);
    send({ error: described(error) });
  }
}

async function main() {
  patchConsole();
  patchHttps();
  process.on('uncaughtException', (error) => {
    logError('Uncaught Exception', error);
    endWith(error, 129);
  });
  process.on('unhandledRejection', (reason) => {
    const error = new RuntimeError('Runtime.UnhandledPromiseRejection', format(reason));
    logError('Unhandled Promise Rejection', error);
    endWith(error, 128);
  });
  let handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    logError('Uncaught Exception', error);
    endWith(error, 1);
    return;
  }
  send({ ready: true });
  for await (const line of readline.createInterface({ input: connection })) await invoke(handler, JSON.parse(line));
  process.exit(0);
}

void main();
