// The one switch from a refusal to what the caller is told: status, stable code, a safe sentence, and what to do about it.
import { maskCardNumbers } from '../domain/results/card-number.ts';
import type { HttpContext } from './context.ts';
import { foretellingProblem } from './foretelling-problem.ts';
import { itemProblem } from './item-problem.ts';
import { log } from './log.ts';
import { outageProblem, retryAfter, wrongVariables } from './outage-problem.ts';
import type { FieldFault, ProblemCode, Refusal } from './refusal.ts';

export interface Problem {
  readonly code: ProblemCode;
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 426 | 429 | 500 | 503;
  readonly title: string;
  readonly detail: string;
  /** RFC 9457 `type`; by default the entry of the code in the reference. */
  readonly type?: string;
  readonly field?: string;
  readonly errors?: readonly FieldFault[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

const challenge = (error: string): Record<string, string> => ({
  'WWW-Authenticate': `Bearer realm="signalbox"${error}`,
});
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

export function problemOf(refusal: Refusal): Problem {
  return { code: codeOf(refusal), ...tellingOf(refusal) };
}

/** Of several faults the first one's. */
const codeOf = (refusal: Refusal): ProblemCode =>
  refusal.reason === 'invalid_request' ? (refusal.errors[0]?.code ?? 'invalid_field') : refusal.reason;

type Telling = Omit<Problem, 'code'>;

function tellingOf(refusal: Refusal): Telling {
  switch (refusal.reason) {
    case 'malformed_json':
    case 'unsupported_media_type':
    case 'body_too_large':
    case 'too_many_items':
    case 'invalid_request':
    case 'card_number':
      return bodyProblem(refusal);
    case 'missing_key':
    case 'malformed_key':
    case 'unknown_key':
    case 'expired_key':
    case 'missing_scope':
    case 'keys_unverifiable':
    case 'rate_limited':
      return accessProblem(refusal);
    case 'unknown_route':
      return NO_ENDPOINT;
    case 'method_not_allowed':
      return {
        status: 405,
        title: 'Method not allowed',
        detail: `This path takes ${refusal.allow.join(', ')}.`,
        headers: { Allow: refusal.allow.join(', ') },
      };
    case 'not_found':
    case 'already_exists':
    case 'stale_version':
    case 'last_admin':
    case 'already_rotated':
    case 'ticket_refused':
    case 'webhook_unverified':
    case 'upgrade_required':
      return resourceProblem(refusal);
    case 'alert_closed':
    case 'already_acknowledged':
    case 'being_sent':
    case 'already_running':
    case 'not_in_force':
      return { status: 409, ...NOTHING_TO_DO[refusal.reason] };
    case 'not_undoable':
      return { status: 409, title: 'Cannot be undone', detail: `${refusal.why}.` };
    case 'not_recorded':
    case 'no_table':
    case 'not_evaluated':
    case 'history_away':
    case 'ledger_unreachable':
    case 'processor_unreachable':
    case 'unavailable':
    case 'overloaded':
    case 'misconfigured':
    case 'internal':
      return outageProblem(refusal);
    case 'too_little_history':
    case 'not_schedulable':
      return foretellingProblem(refusal);
    case 'unknown_processor':
    case 'unknown_payment_method':
    case 'unknown_country':
    case 'unknown_currency':
    case 'bad_amount':
    case 'bad_timestamp':
    case 'conflicting_body':
    case 'outcome_unknown':
      return itemProblem(refusal);
  }
}

const NO_ENDPOINT = {
  status: 404,
  title: 'No such endpoint',
  detail: 'There is nothing at this path. /docs lists what there is.',
} as const;

const NOTHING_TO_DO = {
  alert_closed: {
    title: 'Alert closed',
    detail: 'This alert is over: nobody need work on it. One that begins anew can be acknowledged.',
  },
  already_acknowledged: {
    title: 'Already acknowledged',
    detail: 'Somebody works on this alert already; GET /api/v1/alerts tells who.',
  },
  being_sent: {
    title: 'Being sent',
    detail:
      'An attempt of this message, or of one that follows it, is under way. GET /api/v1/notifications tells what came of it.',
  },
  already_running: {
    title: 'Already running',
    detail: 'A run of this job is under way, and there is never more than one. GET /api/v1/jobs tells how it ends.',
  },
  not_in_force: {
    title: 'Not in force',
    detail: 'Only the model that is in force can be taken back. GET /api/v1/ml/models tells which that is.',
  },
} as const;

type Among<Reason extends Refusal['reason']> = Extract<Refusal, { readonly reason: Reason }>;

function bodyProblem(
  refusal: Among<
    | 'malformed_json'
    | 'unsupported_media_type'
    | 'body_too_large'
    | 'too_many_items'
    | 'invalid_request'
    | 'card_number'
  >,
): Telling {
  switch (refusal.reason) {
    case 'malformed_json':
      return { status: 400, title: 'Malformed JSON', detail: 'The body is not one JSON document in UTF-8.' };
    case 'unsupported_media_type':
      return {
        status: 415,
        title: 'Unsupported media type',
        detail: 'Send the body as JSON with the header `Content-Type: application/json`.',
      };
    case 'body_too_large':
      return {
        status: 413,
        title: 'Body too large',
        detail: `A body may have at most ${refusal.bytesMax} bytes. Split it into several requests.`,
      };
    case 'too_many_items':
      return {
        status: 422,
        title: 'Too many items',
        detail: `${refusal.field} may have at most ${refusal.itemsMax} entries. Send fewer in one request.`,
        field: refusal.field,
      };
    case 'invalid_request':
      return invalidRequest(refusal.errors, refusal.more ?? 0);
    case 'card_number':
      return {
        status: 422,
        title: 'Card number refused',
        detail: `${refusal.field} holds a card number, and Signalbox takes none. Leave it out or send the processor's token for it; what it stood in was not kept.`,
        field: refusal.field,
      };
  }
}

/** The whole body is no field of its own. */
const NAMED: ReadonlyMap<string, string> = new Map([['body', 'The body']]);

function invalidRequest(errors: readonly FieldFault[], more: number): Telling {
  const [first] = errors;
  const told = more === 0 ? '' : ` (and ${errors.length + more - 1} more faults)`;
  return {
    status: 422,
    title: 'Invalid request',
    detail:
      first === undefined
        ? 'The request is not valid.'
        : `${NAMED.get(first.field) ?? first.field}: ${first.message}${told}`,
    ...(first && { field: first.field }),
    errors,
    ...(more > 0 && { members: { more_errors: more } }),
  };
}

function accessProblem(
  refusal: Among<
    | 'missing_key'
    | 'malformed_key'
    | 'unknown_key'
    | 'expired_key'
    | 'missing_scope'
    | 'keys_unverifiable'
    | 'rate_limited'
  >,
): Telling {
  const unauthorized = (detail: string, error: string): Telling => ({
    status: 401,
    title: 'Unauthorized',
    detail,
    headers: challenge(error),
  });
  switch (refusal.reason) {
    case 'missing_key':
      return unauthorized('Send an API key as `Authorization: Bearer sbx_...`.', '');
    case 'malformed_key':
      return unauthorized(
        'The Authorization header does not hold a key of the form `Bearer sbx_...`.',
        ', error="invalid_token"',
      );
    case 'unknown_key':
      return unauthorized('This API key is unknown or was revoked.', ', error="invalid_token"');
    case 'expired_key':
      return unauthorized(
        'This API key was rotated and its time is over. Use its successor.',
        ', error="invalid_token"',
      );
    case 'missing_scope':
      return {
        status: 403,
        title: 'Forbidden',
        detail: `This API key lacks the scope \`${refusal.scope}\`.`,
        headers: challenge(`, error="insufficient_scope", scope="${refusal.scope}"`),
        members: { scope: refusal.scope },
      };
    case 'keys_unverifiable':
      return {
        status: 503,
        title: 'Keys cannot be verified',
        detail: 'Whether this API key is still good cannot be found out at the moment. Try again shortly.',
        headers: retryAfter(1),
      };
    case 'rate_limited':
      return {
        status: 429,
        title: 'Too many requests',
        detail: `This API key may make ${refusal.quota} requests in ${refusal.windowSeconds} seconds.`,
        type: QUOTA_EXCEEDED,
        headers: retryAfter(refusal.windowSeconds),
        members: { 'violated-policies': ['default'] },
      };
  }
}

function resourceProblem(
  refusal: Among<
    | 'not_found'
    | 'already_exists'
    | 'stale_version'
    | 'last_admin'
    | 'already_rotated'
    | 'ticket_refused'
    | 'webhook_unverified'
    | 'upgrade_required'
  >,
): Telling {
  switch (refusal.reason) {
    case 'not_found':
      if (refusal.known !== undefined) {
        const detail = `There is no ${refusal.what} of this name. There are: ${refusal.known.join(', ')}.`;
        return { status: 404, title: 'Not found', detail, members: { known: refusal.known } };
      }
      return { status: 404, title: 'Not found', detail: `There is no ${refusal.what} with this id.` };
    case 'already_exists':
      return {
        status: 409,
        title: 'Already exists',
        detail: `There is a ${refusal.what} with this id already. Replace it with PUT.`,
        field: 'id',
      };
    case 'stale_version':
      return {
        status: 412,
        title: 'Configuration has changed',
        detail: `The configuration is at version ${refusal.currentVersion}. Read it again, then repeat the change with that ETag in If-Match.`,
        field: 'If-Match',
        headers: { ETag: `"${refusal.currentVersion}"` },
        members: { current_version: refusal.currentVersion },
      };
    case 'last_admin':
      return { status: 409, title: 'Last admin key', detail: 'This is the last admin key. Create another one first.' };
    case 'already_rotated':
      return {
        status: 409,
        title: 'Already rotated',
        detail: 'This key was rotated before and ends by itself. Rotate its successor, or revoke this one.',
      };
    case 'ticket_refused':
      return {
        status: 401,
        title: 'Ticket refused',
        detail:
          'This ticket is unknown, used or older than 30 seconds. Ask for a new one with POST /api/v1/live/tickets.',
        field: 'ticket',
      };
    case 'webhook_unverified':
      return {
        status: 401,
        title: 'Webhook not verified',
        detail: 'The signature does not hold, or the delivery is not one that this source takes. Nothing was recorded.',
        headers: { 'WWW-Authenticate': 'Signature realm="signalbox"' },
      };
    case 'upgrade_required':
      return {
        status: 426,
        title: 'Upgrade required',
        detail: 'This path is a WebSocket. Connect with the header `Upgrade: websocket`.',
        headers: { Upgrade: 'websocket' },
      };
  }
}

/** A problem document may end in somebody's log, and what stands behind a source in a path may be its secret. */
function instanceOf(path: string): string {
  return maskCardNumbers(/^\/+webhooks\/+[^/]*/i.exec(path)?.[0] ?? path);
}

/** The fault carries no text of the other side. */
function causeOf(refusal: Refusal): { readonly error_name?: string; readonly error_message?: string } {
  if (refusal.reason === 'misconfigured') return { error_message: wrongVariables(refusal.issues) };
  if (refusal.reason !== 'history_away' || refusal.fault === undefined) return {};
  const { fault } = refusal;
  return { error_name: fault.reason, ...('code' in fault && { error_message: `SQLSTATE ${fault.code}` }) };
}

export function refuse(c: HttpContext, refusal: Refusal): Response {
  const { status, code, type, headers, members, errors, ...told } = problemOf(refusal);
  const requestId = c.get('requestId');
  if (status >= 500) {
    log({
      event: 'refused',
      request_id: requestId,
      method: c.req.method,
      status,
      code,
      key_id: c.get('keyId'),
      ...causeOf(refusal),
    });
  }
  const document = {
    type: type ?? `/docs#problem-${code}`,
    title: told.title,
    status,
    detail: told.detail,
    instance: instanceOf(c.req.path),
    code,
    ...(told.field !== undefined && { field: told.field }),
    ...(errors && { errors }),
    request_id: requestId,
    ...members,
  };
  return c.body(JSON.stringify(document), status, { 'Content-Type': 'application/problem+json', ...headers });
}
