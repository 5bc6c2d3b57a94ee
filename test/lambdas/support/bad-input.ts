import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { application, post, receivedAt } from './examples.ts';

/** What is wrong with an input, and what has to be said of it. */
interface Expected {
  readonly name: string;
  readonly field: string;
  readonly problem: string;
}

export interface BadRequest extends Expected {
  readonly event: APIGatewayProxyEventV2;
  readonly status: number;
  readonly code: string;
}

export interface BadRecord extends Expected {
  readonly data: string | Buffer;
  readonly reason: string;
}

const unlike = 'is not of the right type';
const outside = 'has a value that is not allowed';
const tooMany = 'is not a field of an application';

const { city: _, ...withoutCity } = application();
const json = (changes: object = {}) => JSON.stringify({ ...application(), ...changes });
const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const notUtf8 = Buffer.from(json().replace('Zebedee', 'Zebedee\xff'), 'latin1');

/** JSON documents that are no application: wrong at the door and on the stream. */
const documents: readonly (Expected & { readonly document: string })[] = [
  { name: 'not an object', document: '"Zebedee"', field: '(document)', problem: 'is not an application' },
  { name: 'null', document: 'null', field: '(document)', problem: 'is not an application' },
  { name: 'a field is missing', document: JSON.stringify(withoutCity), field: 'city', problem: 'is missing' },
  { name: 'a field too many', document: json({ note: 'Zebedee' }), field: 'note', problem: tooMany },
  { name: 'a made-up name', document: json({ 'a b': 1 }), field: '(unknown field)', problem: tooMany },
  { name: '__proto__', document: `{"__proto__":1,${json().slice(1)}`, field: '__proto__', problem: tooMany },
  { name: 'wrong type', document: json({ employees: 'Zebedee' }), field: 'employees', problem: unlike },
  { name: 'negative guarantee', document: json({ guaranteedAmount: -1 }), field: 'guaranteedAmount', problem: outside },
  {
    name: 'no amount',
    document: json({ requestedAmount: 0, guaranteedAmount: 0 }),
    field: 'requestedAmount',
    problem: outside,
  },
  {
    name: 'guarantee over the amount',
    document: json({ guaranteedAmount: 50_001 }),
    field: 'guaranteedAmount',
    problem: outside,
  },
  {
    name: 'a number beyond all',
    document: json().replace('50000', '1e999'),
    field: 'requestedAmount',
    problem: outside,
  },
  { name: 'NUL in a name', document: json({ applicantName: 'Zebedee\0' }), field: 'applicantName', problem: outside },
  {
    name: 'half a surrogate pair',
    document: json().replace('Zebedee', '\\ud800'),
    field: 'applicantName',
    problem: outside,
  },
  {
    name: 'no day of the calendar',
    document: json({ submittedAt: '2003-02-29' }),
    field: 'submittedAt',
    problem: outside,
  },
  {
    name: 'a day in the future',
    document: json({ submittedAt: tomorrow }),
    field: 'submittedAt',
    problem: 'is in the future',
  },
];

const notJson = { field: '(body)', problem: 'is not JSON', status: 400, code: 'malformed' };
const tooLarge = { field: '(body)', problem: 'is too large', status: 413, code: 'too-large' };
const otherType = { field: 'content-type', problem: 'is not supported', status: 415, code: 'unsupported-media-type' };
const base64 = (bytes: Buffer) => post(bytes.toString('base64'), { isBase64Encoded: true });

/** Requests that the intake has to refuse. */
export const badRequests: readonly BadRequest[] = [
  ...documents.map(({ document, ...expected }) => ({
    ...expected,
    event: post(document),
    status: 400,
    code: 'invalid',
  })),
  { name: 'not JSON', event: post('{"applicantName": Zebedee'), ...notJson },
  { name: 'no body', event: {} as APIGatewayProxyEventV2, ...notJson },
  { name: 'raw NUL bytes', event: post(json().replace('Zebedee', 'Zebedee\0')), ...notJson },
  { name: 'not UTF-8', event: base64(notUtf8), ...notJson },
  { name: '2 MB', event: post(json({ applicantName: 'Zebedee'.repeat(300_000) })), ...tooLarge },
  { name: '2 MB in base64', event: base64(Buffer.alloc(2_000_000, 'Z')), ...tooLarge },
  { name: 'another content type', event: post(json(), { headers: { 'content-type': 'text/plain' } }), ...otherType },
  {
    name: 'a patch',
    event: post(json(), { headers: { 'content-type': 'application/json-patch+json' } }),
    ...otherType,
  },
];

const malformed = { field: '(record)', problem: 'is not JSON', reason: 'malformed' };
const onStream = (document: string) => `{"receivedAt":"${receivedAt}","application":${document}}`;

/** Records that the consumer has to quarantine. */
export const badRecords: readonly BadRecord[] = [
  ...documents.map(({ document, ...expected }) => ({
    ...expected,
    data: onStream(document),
    reason: 'schema-invalid',
  })),
  { name: 'not JSON', data: 'Zebedee', ...malformed },
  { name: 'empty', data: '', ...malformed },
  { name: 'raw NUL bytes', data: onStream(json()).replace('Zebedee', 'Zebedee\0'), ...malformed },
  { name: 'not UTF-8', data: notUtf8, ...malformed },
  {
    name: 'no envelope',
    data: 'null',
    field: '(document)',
    problem: 'is not an application',
    reason: 'schema-invalid',
  },
  {
    name: 'no time of receipt',
    data: `{"application":${json()}}`,
    field: 'receivedAt',
    problem: 'is not an instant',
    reason: 'schema-invalid',
  },
  {
    name: 'a caller that is no id',
    data: `{"receivedAt":"${receivedAt}","requestedBy":"Zebedee Q","application":${json()}}`,
    field: 'requestedBy',
    problem: 'is not the id of a caller',
    reason: 'schema-invalid',
  },
  {
    name: 'from a state that is not served',
    data: onStream(json({ state: 'PR' })),
    field: 'state',
    problem: 'is not served',
    reason: 'policy-blocked',
  },
  {
    name: 'oversized',
    data: onStream(json({ applicantName: 'Zebedee'.repeat(100_000) })),
    field: '(record)',
    problem: 'is too large',
    reason: 'oversized',
  },
];
