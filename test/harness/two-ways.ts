// One request on the express lane and through the middleware: how the long way is asked for, and what of two answers has to agree.
import type { Reply } from './http-caller.ts';

/** A way to write the type that only the middleware reads. */
export const THE_LONG_WAY = { 'Content-Type': 'application/json;charset=utf-8' };

/** Without what differs from one request to the next. */
export const plain = ({ status, headers, text }: Reply) => ({
  status,
  headers: Object.fromEntries([...headers].filter(([name]) => name !== 'x-request-id')),
  text: text.replaceAll(/req_[0-9a-f]{32}/g, 'req').replaceAll(/txn_[0-9a-f]{32}/g, 'txn'),
});
