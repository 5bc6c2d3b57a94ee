import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { dynamoClient } from '../../../lambdas/patterns/clients/clients.ts';
import { type ModelPeople, modelPeople } from '../../../lambdas/patterns/review/parties.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { environmentOf } from '../support/handlers.ts';
import { anyTime } from './support.ts';

let cloud: Cloud;
let people: ModelPeople;
beforeAll(async () => {
  cloud = await startCloud();
  for (const [name, value] of Object.entries(environmentOf(cloud, { url: '' }))) vi.stubEnv(name, value);
  people = modelPeople(dynamoClient(), 'stages');
});
beforeEach(() => cloud.reset());
afterAll(async () => {
  vi.unstubAllEnvs();
  await cloud.close();
});

const registered = (more: Readonly<Record<string, { readonly S: string }>> = {}) =>
  cloud.items.set('stages/v1', { id: { S: 'v1' }, part: { S: 'version' }, trainedBy: { S: 'AROAT:s-1' }, ...more });

test('the people of a version are who trained it and who approved it', async () => {
  registered({ approvedBy: { S: 'AROAA:s-2' } });
  expect(await people('v1', anyTime)).toEqual(['AROAT:s-1', 'AROAA:s-2']);
});

test('one that nobody approved has who trained it', async () => {
  registered();
  expect(await people('v1', anyTime)).toEqual(['AROAT:s-1']);
});

test('a version that the registry does not know, and a registry that does not answer, are no licence', async () => {
  await expect(people('v2', anyTime)).rejects.toThrow('does not say who released v2');
  registered();
  cloud.fault = () => 'refused';
  await expect(people('v1', anyTime)).rejects.toThrow();
});

test('a registry without stages names nobody', async () => {
  expect(await modelPeople(dynamoClient(), 'none')('v1', anyTime)).toEqual([]);
  expect(cloud.calls).toEqual([]);
});
