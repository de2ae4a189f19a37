// Secrets that a deployment may do without, and which are therefore not in the list that wrangler insists on and writes types from.

interface Env {
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
  /** `postgres://user:password@host/database`, as Neon tells it. */
  readonly DATABASE_URL?: string;
}
