// What one request carries through the middleware: its world, its moment, its caller, and which fields were made unreadable.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { World } from '../ports/world.ts';
import type { Refusal } from './refusal.ts';

/** Which entries of the body's list held a card number or what may be one, by index, and in which of their fields. */
export type CardItems = ReadonlyMap<number, Refusal>;

export interface HttpEnv {
  Variables: {
    world: World;
    /** Read once, so that every part of one answer speaks of the same moment. */
    now: number;
    requestId: string;
    /** The id of the key; `null` before authentication and on public endpoints. */
    keyId: string | null;
    /** Paths of id fields whose card number was replaced by its keyed hash. */
    hashedFields: readonly string[];
    /** The body as JSON, to be looked at before it is validated; nothing when it is none. */
    sentBody: unknown;
    /** These entries were taken out of the body: what is left in their place is `null`. */
    cardItems: CardItems;
  };
}

export type App = OpenAPIHono<HttpEnv>;
export type HttpContext = Context<HttpEnv>;
/** A request, and what the platform gives beside it. */
export type Surroundings = Pick<HttpContext, 'env' | 'executionCtx'> & { readonly request: Request };
