import { createRequire } from 'node:module';
import type { Client } from '@okta/okta-sdk-nodejs';
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

/**
 * The SDK reads `./okta.yaml`, `~/.okta/okta.yaml` and `OKTA_*` by itself, before what it is given; a broken
 * file there would break the audit. Its settings come from src/config alone.
 */
function withoutImplicitSettings<T>(construct: () => T): T {
  const require = createRequire(import.meta.url);
  const { ConfigLoader } = require('@okta/okta-sdk-nodejs/src/config-loader.js') as {
    ConfigLoader: { prototype: { applyDefaults: () => void } };
  };
  const original = ConfigLoader.prototype.applyDefaults;
  ConfigLoader.prototype.applyDefaults = () => {};
  try {
    return construct();
  } finally {
    ConfigLoader.prototype.applyDefaults = original;
  }
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

/**
 * Loads the SDK. Nothing else happens in this process for the seconds that takes: it is to be done before
 * anything waits for an answer, whose time would run out unseen.
 */
export function loadSdk(): Promise<typeof import('@okta/okta-sdk-nodejs')> {
  return import('@okta/okta-sdk-nodejs');
}

/** Builds the SDK's client behind the read-only executor; sends nothing. */
export async function connectOkta(settings: OktaSettings, options: ExecutorOptions): Promise<OktaClient> {
  const sdk = await loadSdk();
  const { credentials } = settings;
  const byKey = credentials.mode === 'PrivateKey' ? credentials : null;
  // Every name is given, the unused ones empty, so that nothing is left for the SDK to look up.
  const client = withoutImplicitSettings(
    () =>
      new sdk.Client({
        orgUrl: settings.orgUrl,
        authorizationMode: credentials.mode,
        token: credentials.mode === 'SSWS' ? credentials.token : '',
        clientId: byKey?.clientId ?? '',
        scopes: byKey?.scopes ?? [],
        privateKey: byKey?.privateKey ?? '',
        keyId: byKey?.keyId ?? '',
        userAgent: 'optiid-audit',
        // With the SDK's own cache a body over about 64 KB never arrives and the process ends with code 0.
        cacheMiddleware: null,
        requestExecutor: createReadOnlyExecutor(sdk.RequestExecutor, options),
      } as ConstructorParameters<typeof sdk.Client>[0]),
  );
  if (isExemptFromProxy(settings.orgUrl, process.env.NO_PROXY ?? process.env.no_proxy ?? '')) {
    client.http.agent = undefined;
  }
  const oauth = client.http.oauth as unknown as OAuthInternals | undefined;
  if (oauth) shareTokenRequests(oauth);
  return {
    http: client.http,
    secrets: () => {
      const accessToken = oauth?.accessToken?.access_token;
      return [
        credentials.mode === 'SSWS' ? credentials.token : credentials.privateKey,
        ...(typeof accessToken === 'string' ? [accessToken] : []),
      ];
    },
  };
}
