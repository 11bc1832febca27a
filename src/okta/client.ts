import { createRequire } from 'node:module';
import { platform, release } from 'node:os';
import type { Client, RequestExecutor } from '@okta/okta-sdk-nodejs';
import type { OktaSettings } from '../config/config.ts';
import {
  AttemptTimeout,
  BrokenAnswer,
  createReadOnlyExecutor,
  type ExecutorOptions,
  TokenRefusal,
} from './executor.ts';
import { OktaReadFailure } from './failures.ts';

/** The part of the SDK that this project uses: it signs and sends. */
export interface OktaClient {
  http: Client['http'];
  /** What must never be seen: the token or the private key, and the access token of the moment. */
  secrets: () => readonly string[];
}

interface OAuthInternals {
  accessToken: { access_token?: unknown } | null;
  getAccessToken(): Promise<unknown>;
}

/** One token request at a time: the SDK makes as many as there are requests waiting for one. */
function shareTokenRequests(oauth: OAuthInternals): void {
  const original = oauth.getAccessToken.bind(oauth);
  let pending: Promise<unknown> | null = null;
  oauth.getAccessToken = () => {
    pending ??= original()
      .catch((error: unknown) => {
        throw isAttemptError(error) ? error : unusableKey();
      })
      .finally(() => {
        pending = null;
      });
    return pending;
  };
}

function isAttemptError(error: unknown): boolean {
  if (error instanceof Error && error.name === 'FetchError') return true;
  return [TokenRefusal, AttemptTimeout, BrokenAnswer, OktaReadFailure].some((kind) => error instanceof kind);
}

/** The message of the key's parser may quote the key, so neither it nor the error is kept. */
function unusableKey(): OktaReadFailure {
  return new OktaReadFailure({
    kind: 'credentials',
    reason: 'the private key cannot sign: it has to be an RSA key, as PEM or as a JWK',
    oktaCode: 'unusable_key',
  });
}

/** The SDK takes a proxy from the environment for every host and does not know `NO_PROXY`. */
function isExemptFromProxy(orgUrl: string, noProxy: string): boolean {
  const { hostname } = new URL(orgUrl);
  const isLoopback = /^(?:localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/u.test(hostname);
  const entries = noProxy.toLowerCase().split(/[\s,]+/u);
  const hosts = entries.map((entry) => entry.replace(/^\*?\.|:\d+$/gu, '')).filter((host) => host !== '');
  return isLoopback || hosts.some((host) => host === '*' || `.${hostname}`.endsWith(`.${host}`));
}

/** The parts of the SDK that sign and send, with the types that it gives its whole. */
interface Sdk {
  Http: new (options: Readonly<Record<string, unknown>>) => Client['http'];
  OAuth: new (client: Readonly<Record<string, unknown>>) => OAuthInternals;
  RequestExecutor: typeof RequestExecutor;
  userAgent: string;
}

/**
 * Loads the SDK. Nothing else happens in this process while that takes: it is to be done before anything waits for an
 * answer, whose time would run out unseen. Its index loads a class for each of Okta's hundreds of bodies, which takes
 * two seconds and is used nowhere here; its client reads settings from files and the environment, and ours come from
 * src/config alone.
 */
export async function loadSdk(): Promise<Sdk> {
  const require = createRequire(import.meta.url);
  const { name, version } = require('@okta/okta-sdk-nodejs/package.json');
  return {
    ...require('@okta/okta-sdk-nodejs/src/http.js'),
    ...require('@okta/okta-sdk-nodejs/src/oauth.js'),
    RequestExecutor: require('@okta/okta-sdk-nodejs/src/request-executor.js'),
    userAgent: `optiid-audit ${name}/${version} node/${process.versions.node} ${platform()}/${release()}`,
  };
}

/** Builds the SDK's client behind the read-only executor; sends nothing. */
export async function connectOkta(settings: OktaSettings, options: ExecutorOptions): Promise<OktaClient> {
  const sdk = await loadSdk();
  const { credentials } = settings;
  const requestExecutor = createReadOnlyExecutor(sdk.RequestExecutor, options);
  const oauth =
    credentials.mode === 'PrivateKey'
      ? new sdk.OAuth({ ...credentials, baseUrl: settings.orgUrl.replace(/\/$/u, ''), requestExecutor })
      : undefined;
  // With the SDK's own cache a body over about 64 KB never arrives and the process ends with code 0.
  const http = new sdk.Http({ cacheMiddleware: null, requestExecutor, oauth });
  if (credentials.mode === 'SSWS') http.defaultHeaders.Authorization = `SSWS ${credentials.token}`;
  http.defaultHeaders['User-Agent'] = sdk.userAgent;
  if (isExemptFromProxy(settings.orgUrl, process.env.NO_PROXY ?? process.env.no_proxy ?? '')) {
    http.agent = undefined;
  }
  if (oauth) shareTokenRequests(oauth);
  return {
    http,
    secrets: () => {
      const accessToken = oauth?.accessToken?.access_token;
      return [
        credentials.mode === 'SSWS' ? credentials.token : credentials.privateKey,
        ...(typeof accessToken === 'string' ? [accessToken] : []),
      ];
    },
  };
}
