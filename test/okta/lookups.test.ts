import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OptiUserIdentity } from '../../src/domain/opti-id.ts';
import { oktaError, ScriptedOkta } from './support/scripted-okta.ts';
import { collectFrom, list, scriptSmallOrg, user } from './support/small-org.ts';

let okta: ScriptedOkta;

beforeEach(async () => {
  okta = scriptSmallOrg(await ScriptedOkta.start());
});
afterEach(() => okta.stop());

/** A store user; the e-mails of the small org are `<Okta user id>@acme.test`. */
function storeUser(id: string, patch: Partial<OptiUserIdentity> = {}): OptiUserIdentity {
  return { opti_user_id: id, external_id: null, email: `${id}@acme.test`, ...patch };
}

function collect(...users: OptiUserIdentity[]) {
  return collectFrom(okta, {}, { storeUsers: Promise.resolve(users) });
}

/** Answers a listing of users by the e-mails in its filter, as Okta does. */
function knowByEmail(...emails: string[]): void {
  okta.on('/api/v1/users', ({ query }) => {
    const asked = emails.filter((email) => query.get('filter')?.includes(`"${email}"`));
    return list(
      ...asked.map((email) =>
        user(`00u-${email}`, {
          status: 'DEPROVISIONED',
          profile: { login: email, email, firstName: 'Ada', lastName: 'Byron' },
        }),
      ),
    );
  });
}

const emailFilters = () =>
  okta.seen
    .map(({ path, query }) => (path === '/api/v1/users' ? (query.get('filter') ?? '') : ''))
    .filter((filter) => filter.includes('profile.email'));

describe('store users that no listing of Okta shows', () => {
  it('are looked up by the id that the store knows, whatever the status, else by e-mail', async () => {
    okta.on('/api/v1/users/00uGone', { body: user('00uGone', { status: 'DEPROVISIONED' }) });
    okta.on('/api/v1/users/00uPurged', oktaError(404, 'E0000007', 'Not found'));
    // Okta takes a login for an id.
    okta.on('/api/v1/users/somebody', { body: user('00uOther') });
    knowByEmail('purged@acme.test', 'unassigned@acme.test');
    const { sink, state } = await collect(
      storeUser('gone', { external_id: '00uGone' }),
      storeUser('purged', { external_id: '00uPurged' }),
      storeUser('mistaken', { external_id: 'somebody' }),
      storeUser('unassigned'),
      storeUser('never'),
    );
    expect(state('okta.userLookups')).toBe('complete');
    expect(sink.rows('okta.userLookups')).toEqual([
      { opti_user_id: 'gone', asked_by: 'id', okta_user_id: '00uGone' },
      { opti_user_id: 'purged', asked_by: 'id', okta_user_id: '00u-purged@acme.test' },
      { opti_user_id: 'mistaken', asked_by: 'id', okta_user_id: null },
      { opti_user_id: 'unassigned', asked_by: 'e-mail', okta_user_id: '00u-unassigned@acme.test' },
      { opti_user_id: 'never', asked_by: 'e-mail', okta_user_id: null },
    ]);
    const ids = sink.rows('okta.users').map(({ okta_user_id }) => okta_user_id);
    expect(ids).toEqual(expect.arrayContaining(['00uGone', '00u-purged@acme.test']));
    expect(ids).not.toContain('00uOther');
  });

  it('are those alone: whoever is assigned, a member or suspended is not asked for', async () => {
    const { sink } = await collect(
      storeUser('opti-00u1', { email: '00U1@acme.test' }),
      storeUser('by-user-name', { email: ' 00U2@acme.test' }),
      storeUser('member', { external_id: '00u3', email: '00u3@acme.test' }),
      storeUser('suspended', { email: '00u9@acme.test' }),
    );
    expect(sink.rows('okta.userLookups')).toEqual([]);
    expect(emailFilters()).toEqual([]);
  });

  it('are not those whom an id ties, but a colleague who has the e-mail of one is found', async () => {
    okta.on('/api/v1/users/00uGone', { body: user('00uGone', { status: 'DEPROVISIONED' }) });
    knowByEmail('colleague@acme.test', 'another@acme.test');
    const { sink } = await collect(
      storeUser('opti-00u1', { email: 'colleague@acme.test' }),
      storeUser('gone', { external_id: '00uGone', email: 'another@acme.test' }),
    );
    expect(sink.rows('okta.userLookups')).toEqual([
      { opti_user_id: 'gone', asked_by: 'id', okta_user_id: '00uGone' },
    ]);
    expect(sink.rows('okta.users').map(({ okta_user_id }) => okta_user_id)).toEqual(
      expect.arrayContaining(['00u-colleague@acme.test', '00u-another@acme.test']),
    );
  });

  it('do not stand for one another once they are found', async () => {
    okta.on('/api/v1/users/00uGone', {
      body: user('00uGone', {
        status: 'DEPROVISIONED',
        profile: {
          login: 'shared@acme.test',
          email: 'shared@acme.test',
          firstName: 'Ada',
          lastName: 'Byron',
        },
      }),
    });
    okta.on('/api/v1/users', () => list());
    const { sink } = await collect(
      storeUser('gone', { external_id: '00uGone' }),
      storeUser('again', { external_id: '00uGone' }),
      storeUser('same-mail', { email: 'shared@acme.test' }),
    );
    expect(sink.rows('okta.userLookups').map(({ opti_user_id }) => opti_user_id)).toEqual([
      'gone',
      'again',
      'same-mail',
    ]);
    expect(sink.rows('okta.users').filter(({ okta_user_id }) => okta_user_id === '00uGone')).toHaveLength(1);
  });

  it('are asked for one by one while they are few, and many together when they are many', async () => {
    knowByEmail('p7@acme.test');
    await collect(storeUser('p1'), storeUser('p"2'));
    expect(emailFilters()).toEqual(['profile.email eq "p1@acme.test"', 'profile.email eq "p\\"2@acme.test"']);

    okta.seen.length = 0;
    const many = Array.from({ length: 90 }, (_, number) => storeUser(`p${number}`));
    const { sink } = await collect(...many);
    expect(emailFilters()).toHaveLength(5);
    const found = sink.rows('okta.userLookups').filter(({ okta_user_id }) => okta_user_id !== null);
    expect(found).toEqual([{ opti_user_id: 'p7', asked_by: 'e-mail', okta_user_id: '00u-p7@acme.test' }]);
    expect(sink.rows('okta.userLookups')).toHaveLength(90);
  });

  it('leave the dataset incomplete where one of them could not be looked up, and no other dataset', async () => {
    okta.on('/api/v1/users/00uSecret', oktaError(403, 'E0000006', 'No'));
    const { sink, state } = await collect(
      storeUser('secret', { external_id: '00uSecret' }),
      storeUser('never'),
    );
    expect(state('okta.userLookups')).toMatch(
      /^partial: some store users could not be looked up .*HTTP 403/u,
    );
    expect(sink.rows('okta.userLookups')).toEqual([
      { opti_user_id: 'never', asked_by: 'e-mail', okta_user_id: null },
    ]);
    expect(state('okta.users')).toBe('complete');
  });

  it('are not looked up where it is not known who lacks a partner', async () => {
    expect((await collectFrom(okta, {}, { storeUsers: null })).state('okta.userLookups')).toBe(
      'not_applicable: the store is not read',
    );
    const unread = await collectFrom(okta, {}, { storeUsers: Promise.resolve(null) });
    expect(unread.state('okta.userLookups')).toMatch(/^unread: the store users were not read/u);
    okta.on('/api/v1/apps/0oaScim/users', oktaError(403, 'E0000006', 'No'));
    expect((await collect(storeUser('never'))).state('okta.userLookups')).toMatch(
      /^unread: it is not known who lacks a partner: .*HTTP 403/u,
    );
    expect(emailFilters()).toEqual([]);
  });
});
