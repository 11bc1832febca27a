import { describe, expect, test } from 'vitest';
import { World } from '../../support/world.ts';

async function pairs(world: World) {
  return world.query(
    'select okta_user_id, opti_user_id, matched_by, matched_by_id from user_pair order by okta_user_id',
  );
}

describe('an Okta user and a store user are one person', () => {
  test.concurrent('by the external id of the app user, before anything else', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'by-email', email: 'ada@example.com' });
    world.optiUser({ opti_user_id: 'by-external-id', external_id: '00uAda', email: 'x@example.com' });
    world.optiUser({ opti_user_id: 'by-app-user', email: 'y@example.com' });
    world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: 'by-app-user' });
    expect(await pairs(world)).toEqual([
      {
        okta_user_id: '00uAda',
        opti_user_id: 'by-app-user',
        matched_by: 'app user external id',
        matched_by_id: true,
      },
    ]);
  });

  test.concurrent('by the external id of the store user, before an e-mail', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'by-email', email: 'ada@example.com' });
    world.optiUser({ opti_user_id: 'by-external-id', external_id: '00uAda', email: 'x@example.com' });
    world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: 'gone' });
    expect(await pairs(world)).toMatchObject([
      { opti_user_id: 'by-external-id', matched_by: 'external id', matched_by_id: true },
    ]);
  });

  test.concurrent('by the user name in the app, before the primary e-mail', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'by-email', email: 'ada@example.com' });
    world.optiUser({ opti_user_id: 'by-user-name', email: 'ADA@xn--bcher-kva.example ' });
    world.person({ email: 'ada@example.com' }, { user_name: 'ada@bücher.example' });
    expect(await pairs(world)).toMatchObject([
      { opti_user_id: 'by-user-name', matched_by: 'user name', matched_by_id: false },
    ]);
  });

  test.concurrent('by the primary e-mail, if they are in no app at all', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'by-email', email: 'Ada@Example.com', status: 'invited' });
    world.oktaUser({ email: 'ada@example.com', login: 'abyron' });
    expect(await pairs(world)).toMatchObject([
      { opti_user_id: 'by-email', matched_by: 'e-mail', matched_by_id: false },
    ]);
  });

  test.concurrent('never where the store user is deleted, nor by an Okta user name, nor by nothing', async () => {
    const world = new World();
    world.optiUser({
      opti_user_id: 'gone',
      external_id: '00uAda',
      email: 'ada@example.com',
      status: 'deleted',
    });
    world.person({ okta_user_id: '00uAda', email: 'ada@example.com' }, { external_id: 'gone' });
    world.optiUser({ email: 'bo@example.com' });
    world.oktaUser({ email: 'other@example.com', login: 'bo@example.com' });
    world.person({ email: null }, { user_name: null });
    expect(await pairs(world)).toEqual([]);
  });

  test.concurrent('of two store users with one e-mail, the first by id stands, however they are read', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'user-b', email: 'ada@example.com' });
    world.optiUser({ opti_user_id: 'user-a', email: 'ADA@example.com' });
    world.person({ email: 'ada@example.com' });
    expect(await pairs(world)).toMatchObject([{ opti_user_id: 'user-a' }]);
  });

  test.concurrent('and whoever has the weaker tie to it owns nothing', async () => {
    const world = new World();
    world.optiUser({ opti_user_id: 'user-a', email: 'ada@example.com' });
    world.person({ okta_user_id: '00u1', email: 'ada@example.com' });
    world.person({ okta_user_id: '00u2', email: 'x@example.com' }, { external_id: 'user-a' });
    expect(await pairs(world)).toMatchObject([{ okta_user_id: '00u2', opti_user_id: 'user-a' }]);
  });
});

test('people are assigned to the SCIM app, or else to the SSO app in its place, with no assignment revoked', async () => {
  const sql = 'select okta_user_id, user_name, source from assigned_user order by okta_user_id';
  const world = new World();
  world.ssoApp();
  world.assignToSso(world.oktaUser({ okta_user_id: '00uSso' }), { user_name: 'sso' });
  world.assignToSso(world.oktaUser({ okta_user_id: '00uGone' }), { status: 'UNASSIGNED' });
  world.person({ okta_user_id: '00uLeft' }, { status: 'DEPROVISIONED' });
  expect(await world.query(sql)).toEqual([{ okta_user_id: '00uSso', user_name: null, source: 'sso' }]);
  expect(await world.query(sql, { job: 'drift' }), 'after the cutover nobody stands in').toEqual([]);
  world.person({ okta_user_id: '00uScim' }, { user_name: 'scim', status: 'STAGED' });
  expect(await world.query(sql)).toEqual([{ okta_user_id: '00uScim', user_name: 'scim', source: 'scim' }]);
});
