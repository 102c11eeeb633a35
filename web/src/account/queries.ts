import { queryOptions } from '@tanstack/react-query';
import { call, type Schemas } from '../api/client';

export type Account = Schemas['Account'];
export type Passkey = Schemas['Passkey'];
export type Device = Schemas['DeviceBody'];

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => call('get', '/api/v1/account', { signal }),
});

export const devicesQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: async ({ signal }) => (await call('get', '/api/v1/account/sessions', { signal })).items,
});
