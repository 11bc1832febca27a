import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScimSandbox, startScimSandbox } from '../../src/sandbox/scim-server.ts';
import { ACME, twoOrganizations } from '../opti-id/support/stores.ts';

let sandbox: ScimSandbox;
beforeAll(async () => {
  sandbox = await startScimSandbox(twoOrganizations(), ACME);
});
afterAll(() => sandbox.close());

async function send(path: string, { method = 'GET', body = undefined as unknown, key = sandbox.token } = {}) {
  const answer = await fetch(`${sandbox.url}${path}`, {
    method,
    headers: { authorization: key },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: (await answer.json()) as never,
  };
}

describe("the sample org's SCIM endpoint", () => {
  it('gives lists and resources as RFC 7643 and RFC 7644 shape them', async () => {
    expect(await send('/users?startIndex=2&count=1')).toMatchObject({
      status: 200,
      type: expect.stringContaining('application/scim+json'),
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: 2,
        startIndex: 2,
        itemsPerPage: 1,
        Resources: [
          { id: 'u3', userName: 'u3@acme.test', name: { givenName: 'Ada' }, meta: { resourceType: 'User' } },
        ],
      },
    });
    expect(await send('/groups/g1')).toMatchObject({
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
        displayName: 'Editors',
        members: [{ value: 'u1', type: 'User' }],
      },
    });
  });

  it('shows members with the group alone, and nobody who is deleted or of another organization', async () => {
    const list: { Resources: object[] } = (await send('/groups')).body;
    for (const group of list.Resources) expect(group).not.toHaveProperty('members');
    for (const id of ['u2', 'u9']) expect(await send(`/users/${id}`)).toMatchObject({ status: 404 });
  });

  it('knows eq alone, on the documented attributes', async () => {
    const find = (filter: string) => send(`/users?filter=${encodeURIComponent(filter)}`);
    expect(await find('userName eq "U1@ACME.test"')).toMatchObject({ body: { totalResults: 1 } });
    for (const filter of ['userName co "u"', 'externalId eq "00u1"', 'userName eq "a" or userName eq "b"']) {
      expect(await find(filter)).toMatchObject({ status: 400, body: { scimType: 'invalidFilter' } });
    }
  });

  it('has paths in lower case, and wants the key', async () => {
    expect(await send('/Users')).toMatchObject({ status: 404, body: { status: '404' } });
    expect(await send('/users', { key: 'another' })).toMatchObject({ status: 401 });
  });

  it.each([
    ['/users', { userName: 'u9@acme.test' }],
    ['/groups', { displayName: 'editors' }],
    ['/groups', { displayName: 'Admin Center Administrators' }],
  ])('refuses to create what exists, in whatever organization: POST %s %o', async (path, body) => {
    expect(await send(path, { method: 'POST', body })).toMatchObject({
      status: 409,
      body: { scimType: 'uniqueness' },
    });
  });
});
