import { isTlsCode, NETWORK_WORDS } from '../domain/network-failure.ts';
import { sleepUntil } from '../runtime/cancellation.ts';
import { openOutgoing } from '../runtime/outgoing.ts';
import type { Notification } from './notification.ts';

/** How a notification is sent. */
export interface Sending {
  /** Where the proxy is looked up: `HTTPS_PROXY` and `NO_PROXY`, in capitals or not. */
  env: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** Time limit of one attempt in milliseconds. */
  timeoutMs?: number;
  /** Wait before the second attempt, in milliseconds, where the answer asks for none. */
  waitMs?: number;
}

const TIMEOUT_MS = 10_000;
const WAIT_MS = 1_000;
/** A webhook that asks for more patience than this is not asked again. */
const LONGEST_WAIT_MS = 10_000;

interface Attempt {
  /** Why it was not delivered, or null. */
  reason: string | null;
  /** Milliseconds to wait before it makes sense to try once more; null where it makes none. */
  retryMs: number | null;
}

/**
 * Posts to a webhook and returns why that failed, or null. Never throws, and never repeats the address. What tends to
 * pass (HTTP 429, 5xx, no answer in time) is tried twice.
 */
export async function sendNotification(
  url: string,
  notification: Notification,
  { env, signal, timeoutMs = TIMEOUT_MS, waitMs = WAIT_MS }: Sending,
): Promise<string | null> {
  const body = JSON.stringify(notification);
  try {
    const first = await post(url, body, { env, signal, timeoutMs });
    if (first.reason === null || first.retryMs === null) return first.reason;
    await sleepUntil(Math.max(waitMs, first.retryMs), signal);
    const second = await post(url, body, { env, signal, timeoutMs });
    return second.reason === null ? null : `${second.reason} (after 2 tries)`;
  } catch {
    return signal.aborted ? 'the run was interrupted' : 'it could not be sent';
  }
}

async function post(
  url: string,
  body: string,
  { env, signal, timeoutMs }: Required<Pick<Sending, 'env' | 'signal' | 'timeoutMs'>>,
): Promise<Attempt> {
  const { dispatcher, request } = await openOutgoing(env);
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'optiid-audit' },
      body,
      dispatcher,
      signal: AbortSignal.any([signal, late]),
    });
    const status = answer.statusCode;
    const said = status >= 400 ? wordIn(await answer.body.text()) : '';
    if (status < 400) await answer.body.dump();
    return judgeAnswer(status, said, answer.headers['retry-after']);
  } catch (error) {
    if (signal.aborted) throw error;
    if (late.aborted) return { reason: `no answer came within ${timeoutMs / 1_000} s`, retryMs: 0 };
    return { reason: networkReason(error), retryMs: null };
  } finally {
    await dispatcher.destroy();
  }
}

function judgeAnswer(status: number, said: string, retryAfter: string | string[] | undefined): Attempt {
  if (status >= 200 && status < 300) return { reason: null, retryMs: null };
  if (status >= 300 && status < 400) {
    return { reason: `it answered with a redirect (HTTP ${status}), which is not followed`, retryMs: null };
  }
  const asked = Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter) * 1_000;
  const retryMs = Number.isFinite(asked) && asked > 0 ? asked : 0;
  const mayPass = status === 429 || status >= 500;
  return {
    reason: `it answered HTTP ${status}${said}`,
    retryMs: mayPass && retryMs <= LONGEST_WAIT_MS ? retryMs : null,
  };
}

/** Slack says in one word what is wrong (`no_service`); whatever is longer may repeat what it was sent. */
function wordIn(body: string): string {
  const word = body.trim();
  return /^[a-z]+(?:_[a-z]+){0,5}$/u.test(word) && word.length <= 40 ? ` (${word})` : '';
}

/** Messages of the network name hosts and addresses, so only their codes are looked at. */
function networkReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (isTlsCode(code)) return `no secure connection could be made (${code})`;
  return NETWORK_WORDS[code] ?? 'the connection broke';
}
