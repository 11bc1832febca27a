import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { collectOkta } from '../../src/okta/collect-okta.ts';
import {
  type OktaSandbox,
  type OktaSandboxOptions,
  startOktaSandbox,
} from '../../src/sandbox/okta-server.ts';
import {
  BEGAN,
  type FaultName,
  faultOrg,
  LONG_GROUP_ID,
  SCIM_APP_ID,
  SCIM_APP_LABEL,
  SMALL,
  startElsewhere,
  storeUsers,
  strike,
  TARGETS,
} from '../okta/support/faults.ts';
import { NO_RATE_LIMITS } from '../okta/support/sandbox-org.ts';
import { virtualTools } from '../okta/support/virtual-tools.ts';
import { MemorySink } from '../support/memory-sink.ts';

const README = fileURLToPath(new URL('README.md', import.meta.url));
const [BEGIN, END] = ['<!-- faults:begin -->', '<!-- faults:end -->'];
const TOKEN = '00fault-token-that-nobody-may-see';
/** What the SDK is given to come to an end. */
const PATIENCE_MS = 10_000;
/** Of one attempt of ours. */
const ATTEMPT_MS = 1_000;

type Asked = Parameters<(typeof TARGETS)['app users']>[0];

/** A listing to be read while something goes wrong in it. */
interface Case {
  fault: FaultName;
  lasts: 'once' | 'for ever';
  /** Default: a later page of the app users. */
  of?: 'a full page of app users' | 'a full page of group members';
}

const CASES: readonly Case[] = [
  { fault: 'HTTP 500', lasts: 'once' },
  { fault: 'HTTP 500', lasts: 'for ever' },
  { fault: 'HTTP 503 with HTML', lasts: 'once' },
  { fault: 'HTTP 503 with HTML', lasts: 'for ever' },
  { fault: 'reset before the answer', lasts: 'once' },
  { fault: 'reset before the answer', lasts: 'for ever' },
  { fault: 'reset within the body, in chunks', lasts: 'once' },
  { fault: 'reset within the body, of known length', lasts: 'once' },
  { fault: 'truncated JSON', lasts: 'once' },
  { fault: 'truncated JSON', lasts: 'for ever' },
  { fault: 'hang', lasts: 'once' },
  { fault: 'hang', lasts: 'for ever' },
  { fault: 'hang within the body', lasts: 'once' },
  { fault: '429 with a reset', lasts: 'once' },
  { fault: '429 with a reset', lasts: 'for ever' },
  { fault: '429 without a reset', lasts: 'once' },
  { fault: '429 of too many at once', lasts: 'once' },
  { fault: 'HTTP 401', lasts: 'for ever' },
  { fault: 'HTTP 403', lasts: 'for ever' },
  { fault: 'empty page with a next link', lasts: 'once' },
  { fault: 'no Link header', lasts: 'once' },
  { fault: 'no Link header', lasts: 'for ever' },
  { fault: 'next link lost', lasts: 'once', of: 'a full page of app users' },
  { fault: 'next link lost', lasts: 'for ever', of: 'a full page of app users' },
  { fault: 'next link lost', lasts: 'for ever', of: 'a full page of group members' },
  { fault: 'next link that repeats', lasts: 'for ever' },
  { fault: 'next link to another origin', lasts: 'for ever' },
  { fault: 'cursor expired', lasts: 'once' },
  { fault: 'cursor expired', lasts: 'for ever' },
  { fault: 'unknown value', lasts: 'for ever' },
  { fault: 'no id', lasts: 'for ever' },
  { fault: 'optional fields missing', lasts: 'for ever' },
];

const isLongGroup = ({ path, query }: Asked): boolean =>
  path === `/api/v1/groups/${LONG_GROUP_ID}/users` && !query.has('after');
const isFirstOfAppUsers = ({ path, query }: Asked): boolean =>
  path === `/api/v1/apps/${SCIM_APP_ID}/users` && !query.has('after');

const NO_LIMITS: OktaSandboxOptions = { token: TOKEN, now: () => BEGAN, rateLimits: NO_RATE_LIMITS };

const small = faultOrg(SMALL);
const large = faultOrg({ ...SMALL, appUsers: 501, members: 1001 });

function settingOf({ of }: Case) {
  const isMembers = of === 'a full page of group members';
  return {
    isMembers,
    org: of === undefined ? small : large,
    options: of === undefined ? { ...NO_LIMITS, pageSizeCap: 3 } : NO_LIMITS,
    isStruck: of === undefined ? TARGETS['app users'] : isMembers ? isLongGroup : isFirstOfAppUsers,
    wanted: of === undefined ? SMALL.appUsers : isMembers ? 1001 : 501,
  };
}

/** How a read ended, in a few words. */
async function withPlainSdk(sandbox: OktaSandbox, isMembers: boolean, wanted: number): Promise<string> {
  const sdk = await import('@okta/okta-sdk-nodejs');
  const client = new sdk.Client({
    orgUrl: sandbox.url,
    token: TOKEN,
    cacheMiddleware: null,
  } as unknown as ConstructorParameters<typeof sdk.Client>[0]);
  const ids = new Set<string>();
  let rows = 0;
  let withoutId = 0;
  let isOver = false;
  let ending = '';
  const read = async (): Promise<void> => {
    const listing = isMembers
      ? await client.groupApi.listGroupUsers({ groupId: LONG_GROUP_ID, limit: 1000 })
      : await client.applicationApi.listApplicationUsers({ appId: SCIM_APP_ID, expand: 'user', limit: 500 });
    for await (const row of listing) {
      if (isOver) return;
      rows += 1;
      const id = (row as { id?: string } | null)?.id;
      if (id === undefined) withoutId += 1;
      else ids.add(id);
    }
  };
  const patience = new Promise<'late'>((resolve) => setTimeout(resolve, PATIENCE_MS, 'late').unref());
  try {
    if ((await Promise.race([read(), patience])) !== 'late') {
      const strange = withoutId > 0 ? `, ${withoutId} more without an id` : '';
      ending =
        ids.size === wanted
          ? `all rows${strange}`
          : `**rows lost, no error** (${ids.size} of ${wanted}${strange})`;
    } else {
      ending =
        rows > wanted
          ? '**never ends** (the same page again and again)'
          : `**hangs** (given ${PATIENCE_MS / 1000} s)`;
    }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const words = said.replaceAll(sandbox.url, '').replaceAll(/\?\S*/gu, '');
    ending = `error: ${words.replaceAll(/\s+/gu, ' ').replaceAll('|', '\\|').slice(0, 110)}`;
  }
  isOver = true;
  return ending;
}

async function withOurs(sandbox: OktaSandbox, isMembers: boolean, wanted: number): Promise<string> {
  const sink = new MemorySink();
  await collectOkta({
    okta: { orgUrl: sandbox.url, credentials: { mode: 'SSWS', token: TOKEN }, budgetPercent: 100 },
    settings: {
      scim_app: SCIM_APP_LABEL,
      sso_app: null,
      push_groups: null,
      lag_minutes: 60,
      log_days: 7,
    },
    sink,
    began: BEGAN,
    storeUsers: Promise.resolve(storeUsers()),
    membersRead: () => sink.readBack('okta.groupMembers'),
    tools: virtualTools(BEGAN.getTime()),
    attemptTimeoutMs: ATTEMPT_MS,
  });
  const name = isMembers ? 'okta.groupMembers' : 'okta.appUsers';
  const state = sink.states.get(name);
  const ids = isMembers
    ? sink.rows('okta.groupMembers').filter((row) => row.okta_group_id === LONG_GROUP_ID)
    : sink.rows('okta.appUsers');
  const size = new Set(ids.map((row) => row.okta_user_id)).size;
  if (state?.completeness === 'complete') {
    return size === wanted ? 'all rows' : `**rows lost, no error** (${size} of ${wanted})`;
  }
  const reason = (state?.reason ?? '').replaceAll(/http:\/\/127\.0\.0\.1:\d+/gu, 'another origin');
  return `${state?.completeness} (${size} of ${wanted}): ${reason}`;
}

async function measure(
  given: Case,
  read: (sandbox: OktaSandbox, isMembers: boolean, wanted: number) => Promise<string>,
): Promise<string> {
  const { isMembers, org, options, isStruck, wanted } = settingOf(given);
  const elsewhere = await startElsewhere();
  const { hook } = strike(given.fault, isStruck, { lasts: given.lasts, elsewhere: elsewhere.origin });
  const sandbox = await startOktaSandbox(org, { ...options, fault: hook });
  try {
    const ending = await read(sandbox, isMembers, wanted);
    if (elsewhere.asked.some((header) => header?.includes(TOKEN)))
      return `**token sent to the other origin**; then ${ending}`;
    return elsewhere.asked.length > 0 ? `asked the other origin; then ${ending}` : ending;
  } finally {
    await sandbox.close();
    await elsewhere.close();
  }
}

/** The SDK throws some errors where nobody waits for them; a program would end there. */
let uncaught: string | null = null;
const note = (error: unknown): void => {
  uncaught ??= error instanceof Error ? error.message : String(error);
};
process.on('unhandledRejection', note);
process.on('uncaughtException', note);

const lines = ['| fault | place | lasts | the SDK alone | optiid-audit |', '| --- | --- | --- | --- | --- |'];
for (const given of CASES) {
  uncaught = null;
  const plain = await measure(given, withPlainSdk);
  const crashed = uncaught === null ? '' : ` (uncaught: ${String(uncaught).slice(0, 60)})`;
  const ours = await measure(given, withOurs);
  const place = given.of ?? 'a later page of app users';
  lines.push(`| ${given.fault} | ${place} | ${given.lasts} | ${plain}${crashed} | ${ours} |`);
  process.stderr.write(`${lines.at(-1)}\n`);
}

const document = readFileSync(README, 'utf8');
const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
if (from < 0 || to < from) throw new Error('The README of the bench has no place for the table of faults.');
const text = `Measured ${new Date().toISOString().slice(0, 10)}. The SDK is read with \`for await\`, \`cacheMiddleware: null\` and its other defaults.`;
writeFileSync(
  README,
  `${document.slice(0, from + BEGIN.length)}\n\n${text}\n\n${lines.join('\n')}\n\n${document.slice(to)}`,
);
