// Which addresses a notification may be sent to: https to a public host, and nothing inside anyone's network.

export type AddressFault =
  | 'not_a_url'
  | 'not_https'
  /** User and password in the address would end up in logs. */
  | 'has_credentials'
  /** Loopback, private, link-local, documentation, multicast, ...: whatever is not a public unicast address. */
  | 'private_address'
  /** A name that only means something inside a network, or none at all: an empty label. */
  | 'private_name'
  /** Neither https's own nor one that anybody may listen on: those below 1,024 are of other protocols. */
  | 'other_port';

const URL_MAX = 2_048;

/** IANA IPv4 Special-Purpose Address Registry (read 2026-11-21) and multicast: first address and prefix length. */
const IPV4_SPECIAL: readonly (readonly [first: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** IANA IPv6 Special-Purpose Address Registry, the blocks inside 2000::/3; 6to4 and Teredo carry an IPv4 address inside. */
const IPV6_SPECIAL: readonly (readonly [first: string, bits: number])[] = [
  ['2001:0:', 23],
  ['2001:db8:', 32],
  ['2002:', 16],
  ['2620:4f:8000:', 48],
  ['3fff:', 20],
];

/** Last labels that no public name has. */
const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set([
  // RFC 6761, RFC 7686 (`onion`), RFC 9476 (`alt`), and all of `arpa`, RFC 8375's `home.arpa` with it.
  ...['example', 'invalid', 'localhost', 'test', 'onion', 'alt', 'arpa'],
  // RFC 6762: `local` (and so `svc.cluster.local`), and from its appendix G what private networks use.
  ...['local', 'corp', 'home', 'internal', 'intranet', 'lan', 'private'],
  // What routers, Kubernetes (by its search path), Consul and Nomad answer for.
  ...['localdomain', 'localnet', 'svc', 'cluster', 'consul', 'nomad'],
]);

/** RFC 6335: those below it are assigned to protocols. */
const FREE_PORT_MIN = 1_024;

/**
 * `null`: may be sent to. Judged on the address as `fetch` will read it: the URL parser turns decimal, octal, hexadecimal and
 * abbreviated IPv4 literals, full-width digits and percent escapes into one spelling. What a public name resolves to cannot be seen in a
 * Worker, so a name that points or is re-pointed (DNS rebinding) to a private address passes here; what then stands in the way is that
 * Cloudflare's network sends a Worker's requests to public addresses only. Redirects are never followed, for they would pass this by.
 * `allowLoopback`: for tests and local trials, also http.
 */
export function addressFault(
  address: string,
  { allowLoopback }: { readonly allowLoopback: boolean },
): AddressFault | null {
  const url = address.length > URL_MAX ? null : URL.parse(address);
  if (url === null) return 'not_a_url';
  if (url.username !== '' || url.password !== '') return 'has_credentials';
  const host = url.hostname.replace(/\.$/, '').toLowerCase();
  if (allowLoopback && isLoopback(host) && (url.protocol === 'http:' || url.protocol === 'https:')) return null;
  if (url.protocol !== 'https:') return 'not_https';
  if (!isOpenPort(url.port)) return 'other_port';
  if (host.startsWith('[')) return isPublicIpv6(host.slice(1, -1)) ? null : 'private_address';
  const ipv4 = ipv4Number(host);
  if (ipv4 !== null) return isPublicIpv4(ipv4) ? null : 'private_address';
  return isPublicName(host) ? null : 'private_name';
}

/** `''`: that of https. */
const isOpenPort = (port: string): boolean => port === '' || Number(port) >= FREE_PORT_MIN;

function isLoopback(host: string): boolean {
  const ipv4 = ipv4Number(host);
  return host === 'localhost' || host === '[::1]' || (ipv4 !== null && ipv4 >>> 24 === 127);
}

/** A name without a dot is one of the local network; an empty or an overlong label is in no public name (RFC 1035, 2.3.4). */
function isPublicName(host: string): boolean {
  const labels = host.split('.');
  const areLabels = labels.every(({ length }) => length > 0 && length <= 63);
  return labels.length > 1 && areLabels && !PRIVATE_SUFFIXES.has(labels.at(-1) ?? '');
}

function ipv4Number(host: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (parts === null) return null;
  return parts.slice(1).reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isPublicIpv4(address: number): boolean {
  return IPV4_SPECIAL.every(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) !== Math.floor((ipv4Number(first) ?? 0) / size);
  });
}

/** Only 2000::/3 is global unicast; loopback, mapped IPv4, NAT64, unique local, link-local and multicast lie outside it. */
function isPublicIpv6(text: string): boolean {
  const address = ipv6Number(text);
  if (address >> 125n !== 1n) return false;
  return IPV6_SPECIAL.every(([first, bits]) => {
    const shift = BigInt(128 - bits);
    return address >> shift !== ipv6Number(`${first}:`) >> shift;
  });
}

/** Of the form the URL parser writes: hexadecimal groups, at most one `::`, no dotted tail. */
function ipv6Number(text: string): bigint {
  const [head = '', tail = ''] = text.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = tail.split(':').filter((group) => group !== '');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}
