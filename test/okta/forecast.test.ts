import { describe, expect, it } from 'vitest';
import { DATASET_NAMES } from '../../src/domain/dataset.ts';
import { bucketOf } from '../../src/okta/endpoints.ts';
import {
  type ForecastInput,
  forecastAgainstFact,
  forecastText,
  makeForecast,
} from '../../src/okta/forecast.ts';

const TO_COME: ForecastInput['toCome'] = ['okta.appUsers', 'okta.groupMembers', 'okta.logEvents'];

function input(patch: Partial<ForecastInput> = {}): ForecastInput {
  return {
    budgetPercent: 50,
    usage: [],
    toCome: TO_COME,
    lastRun: {},
    everyone: null,
    assignedGroups: [],
    memberGroups: [],
    carriesOver: false,
    logGroups: 0,
    otherApps: 0,
    ...patch,
  };
}

it('counts who may be asked for one by one, and the first page of every other app', () => {
  const { datasets } = makeForecast(
    input({ toCome: ['okta.assignmentChecks', 'okta.otherAppUsers'], otherApps: 3 }),
  );
  expect(datasets).toMatchObject([
    { dataset: 'okta.assignmentChecks', bucket: '/api/v1/apps', calls: 60, certainty: 'at most' },
    { dataset: 'okta.otherAppUsers', bucket: '/api/v1/apps', calls: 3, certainty: 'at least' },
  ]);
  const small = makeForecast(input({ toCome: ['okta.assignmentChecks'], everyone: 12 }));
  expect(small.datasets[0]?.calls).toBe(12);
});

function bucket(patch: Partial<ForecastInput>, name: string) {
  return makeForecast(input(patch)).buckets.find((one) => one.bucket === name);
}

describe('the forecast', () => {
  it('says at least what is certain where nothing tells', () => {
    const { buckets, certainty } = makeForecast(input({ memberGroups: [null, null], logGroups: 41 }));
    expect(buckets).toEqual([
      { bucket: '/api/v1/logs', calls: 5, certainty: 'at least', basis: ['unknown'], minutes: 5 / 60 },
      { bucket: '/api/v1/apps', calls: 1, certainty: 'at least', basis: ['unknown'], minutes: 1 / 50 },
      { bucket: '/api/v1/groups', calls: 2, certainty: 'at least', basis: ['unknown'], minutes: 2 / 250 },
    ]);
    expect(certainty).toBe('at least');
  });

  it('counts the people who are asked for by their ids, in their own bucket and with the app users', () => {
    const known = { assignedGroups: [900, 300], everyone: 1_000 };
    expect(bucket(known, '/api/v1/users')).toBeUndefined();
    expect(bucket({ ...known, asksForPeople: true }, '/api/v1/users')).toMatchObject({
      calls: 50,
      certainty: 'about',
    });
    const datasets = (asksForPeople: boolean) =>
      makeForecast(input({ ...known, asksForPeople })).datasets.find(
        (one) => one.dataset === 'okta.appUsers',
      );
    expect([datasets(false)?.calls, datasets(true)?.calls]).toEqual([3, 53]);
    expect(bucket({ asksForPeople: true }, '/api/v1/users')).toMatchObject({
      calls: 1,
      certainty: 'at least',
    });
  });

  it('counts a call for every group and every thousand members, and one more for a full last page', () => {
    const memberGroups = [0, 1, 999, 1000, 1001, 20_500];
    expect(bucket({ memberGroups }, '/api/v1/groups')).toMatchObject({
      calls: 1 + 1 + 1 + 2 + 2 + 21,
      certainty: 'about',
      basis: ['group stats'],
    });
  });

  it('takes what the last run needed where a group does not say, but never less than is certain', () => {
    const memberGroups = [5_000, null];
    expect(bucket({ memberGroups, lastRun: { 'okta.groupMembers': 30 } }, '/api/v1/groups')).toMatchObject({
      calls: 30,
      basis: ['last run'],
    });
    expect(bucket({ memberGroups, lastRun: { 'okta.groupMembers': 3 } }, '/api/v1/groups')?.calls).toBe(7);
    // Counts of the moment beat it.
    expect(
      bucket({ memberGroups: [5_000], lastRun: { 'okta.groupMembers': 30 } }, '/api/v1/groups'),
    ).toMatchObject({ calls: 6, basis: ['group stats'] });
  });

  it('knows the users of the app from the last run, else from the groups assigned, else from Everyone', () => {
    const apps = (patch: Partial<ForecastInput>) => bucket(patch, '/api/v1/apps');
    const everyone = 100_000;
    const assignedGroups = [10_000, 2_400];
    expect(apps({ everyone, assignedGroups, lastRun: { 'okta.appUsers': 21 } })).toMatchObject({
      calls: 21,
      certainty: 'about',
      basis: ['last run'],
    });
    expect(apps({ everyone, assignedGroups })).toMatchObject({
      calls: 25,
      certainty: 'about',
      basis: ['group stats'],
    });
    expect(apps({ everyone: 600, assignedGroups })?.calls).toBe(2);
    expect(apps({ everyone, assignedGroups: [10_000, null] })).toMatchObject({
      calls: 201,
      certainty: 'at most',
    });
    expect(apps({ everyone })).toMatchObject({ calls: 201, certainty: 'at most' });
  });

  it('counts what is asked already, by the limits that Okta shows', () => {
    const usage = [
      { bucket: '/api/v1/apps', calls: 4, limit: 20 },
      { bucket: '/api/v1/groups', calls: 25, limit: null },
      { bucket: '/', calls: 1, limit: null },
    ];
    const { buckets, minutes } = makeForecast(
      input({ usage, lastRun: { 'okta.appUsers': 96 }, memberGroups: [1] }),
    );
    expect(buckets.find(({ bucket }) => bucket === '/api/v1/apps')).toMatchObject({
      calls: 100,
      minutes: 10,
    });
    expect(buckets.find(({ bucket }) => bucket === '/api/v1/groups')).toMatchObject({
      calls: 26,
      minutes: 26 / 250,
    });
    expect(minutes).toBe(10);
  });

  it('tells the calls of each dataset to come, as certain as they are', () => {
    const { datasets } = makeForecast(
      input({
        usage: [{ bucket: '/api/v1/apps', calls: 30, limit: 20 }],
        toCome: ['okta.appUsers', 'okta.groupMembers', 'okta.logEvents', 'okta.pushScope'],
        everyone: 999,
        memberGroups: [500, 1_500],
        carriesOver: true,
        logGroups: 41,
      }),
    );
    // Calls made before are the bucket's, not the dataset's; what asks for nothing is left out.
    expect(datasets).toEqual([
      {
        dataset: 'okta.appUsers',
        bucket: '/api/v1/apps',
        calls: 2,
        certainty: 'at most',
        basis: 'group stats',
        minutes: 0.2,
      },
      {
        dataset: 'okta.groupMembers',
        bucket: '/api/v1/groups',
        calls: 3,
        certainty: 'at most',
        basis: 'group stats',
        minutes: 3 / 250,
      },
      {
        dataset: 'okta.logEvents',
        bucket: '/api/v1/logs',
        calls: 5,
        certainty: 'at least',
        basis: 'unknown',
        minutes: 5 / 60,
      },
    ]);
  });

  it('names buckets as the governor does, for every dataset that Okta is asked for', () => {
    const known = new Set(
      [
        '/api/v1/apps/0oa1/users',
        '/api/v1/apps/0oa1',
        '/api/v1/groups/00g1/users',
        '/api/v1/users',
        '/api/v1/mappings',
        '/api/v1/logs',
      ].map(bucketOf),
    );
    const { buckets } = makeForecast(input({ toCome: DATASET_NAMES, memberGroups: [1] }));
    expect(new Set(buckets.map(({ bucket }) => bucket))).toEqual(known);
  });

  it('is told in a sentence', () => {
    const plan = makeForecast(
      input({
        usage: [{ bucket: '/api/v1/groups', calls: 30, limit: 500 }],
        memberGroups: Array.from({ length: 1_050 }, () => 10),
        logGroups: 200,
        lastRun: { 'okta.appUsers': 215 },
      }),
    );
    expect(forecastText(plan)).toBe(
      'Forecast: at least 1,307 calls to Okta in at least 4 min, limited by /api/v1/groups.',
    );
    const usage = [
      { bucket: '/api/v1/groups', calls: 1_081, limit: 500 },
      { bucket: '/api/v1/apps', calls: 214, limit: 100 },
    ];
    expect(forecastAgainstFact(plan, usage, 4.81)).toBe(
      'Forecast against fact: 1,080 to /api/v1/groups, made 1,081; 215 to /api/v1/apps, made 214; at least 12 to /api/v1/logs, made 0; at least 4 min, took 4.8.',
    );
  });

  it('of a small org is told in a few words', () => {
    expect(forecastText(makeForecast(input({ toCome: ['okta.groupMembers'], memberGroups: [1] })))).toBe(
      'Forecast: 1 call to Okta in less than a minute.',
    );
    expect(forecastText(makeForecast(input()))).toBe(
      'Forecast: at least 3 calls to Okta in less than a minute, as far as is known.',
    );
    const everyone = 29_999;
    expect(forecastText(makeForecast(input({ toCome: ['okta.appUsers'], everyone })))).toBe(
      'Forecast: at most 60 calls to Okta in at most 2 min, limited by /api/v1/apps.',
    );
  });
});
