// Where Neon's driver sends its queries: to Neon, or, for a database on this machine, to the proxy that stands in for it.
import { neonConfig } from '@neondatabase/serverless';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);
const atNeon = neonConfig.fetchEndpoint;

/** The driver keeps this for the whole program. */
neonConfig.fetchEndpoint = (host, port, options) => {
  if (LOOPBACK.has(host)) return `http://${host}:${port}/sql`;
  return typeof atNeon === 'function' ? atNeon(host, port, options) : atNeon;
};

export { neon, NeonDbError } from '@neondatabase/serverless';
