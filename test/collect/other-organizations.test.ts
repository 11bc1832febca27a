import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectOtherOrganizations } from '../../src/collect/other-organizations.ts';
import type { AppUserRow, DatasetName, OktaUserRow, OptiUserRow } from '../../src/domain/dataset.ts';
import { IncompleteRead } from '../../src/domain/errors.ts';
import type { SandboxStore } from '../../src/sandbox/model.ts';
import {
  ACME,
  aUser,
  embeddedStore,
  realStore,
  type TestStore,
  twoOrganizations,
} from '../opti-id/support/stores.ts';
import { MemorySink } from '../support/memory-sink.ts';

const NAME = 'optiId.otherOrganizationUsers';
const real = await realStore();

const appUser = (okta_user_id: string, patch: Partial<AppUserRow> = {}) =>
  ({ okta_user_id, external_id: null, status: 'ACTIVE', user_name: null, ...patch }) as AppUserRow;
const oktaUser = (okta_user_id: string, email: string | null) => ({ okta_user_id, email }) as OktaUserRow;
const optiUser = (opti_user_id: string, patch: Partial<OptiUserRow> = {}) =>
  ({
    opti_user_id,
    external_id: null,
    email: `${opti_user_id}@acme.test`,
    status: 'active',
    ...patch,
  }) as OptiUserRow;

const STORES: [string, () => Promise<TestStore>][] = [['the embedded store', embeddedStore]];
if (typeof real !== 'string') STORES.push(['a real PostgreSQL', async () => real]);

describe.each(STORES)('asking %s for people of other organizations', (_name, start) => {
  let store: TestStore;

  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store?.close());

  /** Collects the rows, then asks; a dataset without rows is empty, one of null does not apply. */
  async function ask(
    rows: Partial<Record<DatasetName, unknown[] | null | IncompleteRead>>,
    { others = [] as SandboxStore['users'], url = store.url, isBothSides = true } = {},
  ) {
    const world = twoOrganizations();
    await store.fill({ ...world, users: [...world.users, ...others] });
    const sink = new MemorySink();
    for (const name of ['okta.appUsers', 'okta.ssoAppUsers', 'okta.users', 'optiId.users'] as const) {
      const given = rows[name] === undefined ? [] : rows[name];
      if (given === null) sink.notApplicable(name, `no ${name}`);
      else
        await sink.collect(name, async (writer) => {
          if (given instanceof IncompleteRead) throw given;
          for (const row of given) await writer.write(row as never);
        });
    }
    const settings = { databaseUrl: url, schema: 'opti_id', organizationId: ACME };
    await collectOtherOrganizations(sink, isBothSides ? settings : null, {
      stateOf: (name) => sink.states.get(name) ?? null,
      rowsOf: (name) => sink.readBack(name),
    });
    return {
      state: sink.states.get(NAME),
      emails: sink.rows(NAME).map(({ email }) => email),
      requests: sink.requests.get(NAME),
    };
  }

  const globex = (id: string, email: string, patch: Partial<SandboxStore['users'][number]> = {}) =>
    aUser(id, { organization_id: 'org-globex', home_organization_id: 'org-globex', email, ...patch });

  it('finds the e-mail of those alone who are assigned and have no store user here', async () => {
    const others = ['ada', 'byid', 'byexternal', 'byemail', 'unassigned', 'stranger'].map((name) =>
      globex(`g-${name}`, `${name}@acme.test`),
    );
    const { state, emails, requests } = await ask(
      {
        'okta.appUsers': [
          appUser('00uAda'),
          appUser('00uId', { external_id: 'u-id' }),
          appUser('00uExternal'),
          appUser('00uEmail'),
          appUser('00uGone', { status: 'DEPROVISIONED' }),
        ],
        'okta.users': [
          oktaUser('00uAda', 'Ada@Acme.test '),
          oktaUser('00uId', 'byid@acme.test'),
          oktaUser('00uExternal', 'byexternal@acme.test'),
          oktaUser('00uEmail', 'BYEMAIL@acme.test'),
          oktaUser('00uGone', 'unassigned@acme.test'),
        ],
        'optiId.users': [
          optiUser('u-id'),
          optiUser('u-external', { external_id: '00uExternal' }),
          optiUser('u-email', { email: 'byemail@acme.test' }),
          optiUser('u-deleted', { email: 'ada@acme.test', status: 'deleted' }),
        ],
        'okta.ssoAppUsers': null,
      },
      { others },
    );
    expect(state?.completeness).toBe('complete');
    expect(emails).toEqual(['ada@acme.test']);
    expect(requests).toBe(1);
  });

  it('compares without case, outer space and the form of the domain, by user name as well', async () => {
    const others = [globex('g1', ' Mona@Acme.TEST'), globex('g2', 'bo@xn--bcher-kva.test')];
    const { emails } = await ask(
      {
        'okta.appUsers': [appUser('00u1', { user_name: 'mona@acme.test' }), appUser('00u2')],
        'okta.users': [oktaUser('00u1', null), oktaUser('00u2', 'Bo@Bücher.test')],
      },
      { others },
    );
    expect(emails.toSorted()).toEqual(['bo@xn--bcher-kva.test', 'mona@acme.test']);
  });

  it('does not count who was deleted there, or is one of this organization', async () => {
    const others = [
      globex('g1', 'gone@acme.test', { status: 'deleted' }),
      aUser('u-late', { email: 'late@acme.test' }),
    ];
    const { state, emails } = await ask(
      {
        'okta.appUsers': [appUser('00u1'), appUser('00u2')],
        'okta.users': [oktaUser('00u1', 'gone@acme.test'), oktaUser('00u2', 'late@acme.test')],
      },
      { others },
    );
    expect([state?.completeness, emails]).toEqual(['complete', []]);
  });

  it('takes the people of the SSO app where it stands in', async () => {
    const { emails } = await ask(
      {
        'okta.appUsers': [appUser('00u1', { status: 'DEPROVISIONED' })],
        'okta.ssoAppUsers': [appUser('00u2')],
        'okta.users': [oktaUser('00u1', 'one@acme.test'), oktaUser('00u2', 'two@acme.test')],
      },
      { others: [globex('g1', 'one@acme.test'), globex('g2', 'two@acme.test')] },
    );
    expect(emails).toEqual(['two@acme.test']);
  });

  it('asks in chunks', async () => {
    const many = Array.from({ length: 1500 }, (_, n) => `00u${n}`);
    const { emails, requests } = await ask(
      {
        'okta.appUsers': many.map((id) => appUser(id)),
        'okta.users': many.map((id) => oktaUser(id, `${id}@acme.test`)),
      },
      { others: [globex('g1', '00u3@acme.test'), globex('g2', '00u1499@acme.test')] },
    );
    expect(requests).toBe(2);
    expect(emails.toSorted()).toEqual(['00u1499@acme.test', '00u3@acme.test']);
  });

  it('sends nothing where everybody has a store user, and does not apply without the apps or a side', async () => {
    const known = {
      'okta.appUsers': [appUser('00u1', { external_id: 'u1' })],
      'optiId.users': [optiUser('u1')],
    };
    expect(await ask(known, { url: 'postgresql://nobody@127.0.0.1:1/none' })).toMatchObject({
      state: { completeness: 'complete' },
      requests: 0,
    });
    const without = await ask({ 'okta.appUsers': null, 'okta.ssoAppUsers': null });
    expect(without.state).toEqual({ completeness: 'not_applicable', reason: 'no okta.appUsers' });
    expect((await ask(known, { isBothSides: false })).state?.completeness).toBe('not_applicable');
  });

  it('is unread where it is not known who lacks a store user, and where the store fails', async () => {
    const people = { 'okta.appUsers': [appUser('00u1')], 'okta.users': [oktaUser('00u1', 'one@acme.test')] };
    for (const name of ['okta.appUsers', 'okta.users', 'optiId.users'] as const) {
      const { state } = await ask({ ...people, [name]: new IncompleteRead('it broke') });
      expect(state).toEqual({
        completeness: 'unread',
        reason: 'it is not known who lacks a store user: it broke',
      });
    }
    const { state } = await ask(people, { url: 'postgresql://nobody@127.0.0.1:1/none' });
    expect(state).toEqual({
      completeness: 'unread',
      reason: expect.stringMatching(/^The connection to the Opti ID store .* was refused/),
    });
  });
});
