// Whether an address is on a list of single addresses and CIDR ranges, IPv4 and IPv6; an IPv4 address in IPv6 dress is the IPv4 address.

interface Range {
  readonly bits: 32 | 128;
  readonly value: bigint;
  readonly prefix: number;
}

/** `null` for what is no address and no range; a range may have bits set behind its prefix, and they do not count. */
export function rangeOf(text: string): Range | null {
  const [address, prefixText, ...rest] = text.split('/');
  const parsed = addressOf(address ?? '');
  if (parsed === null || rest.length > 0) return null;
  if (prefixText === undefined) return { ...parsed, prefix: parsed.bits };
  const prefix = /^(?:0|[1-9]\d{0,2})$/.test(prefixText) ? Number(prefixText) : Number.NaN;
  return prefix <= parsed.bits ? { ...parsed, prefix } : null;
}

export function isListed(address: string, list: readonly string[]): boolean {
  const own = addressOf(address);
  if (own === null) return false;
  return list.some((entry) => {
    const range = rangeOf(entry);
    if (range === null || range.bits !== own.bits) return false;
    const shift = BigInt(range.bits - range.prefix);
    return own.value >> shift === range.value >> shift;
  });
}

type Address = Omit<Range, 'prefix'>;

function addressOf(text: string): Address | null {
  if (!text.includes(':')) return ipv4Of(text);
  const value = ipv6ValueOf(text);
  if (value === null) return null;
  return value >> 32n === 0xffffn ? { bits: 32, value: value & 0xffff_ffffn } : { bits: 128, value };
}

function ipv4Of(text: string): Address | null {
  const parts = text.split('.');
  // A leading zero is octal to some and decimal to others.
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255))
    return null;
  return { bits: 32, value: parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n) };
}

function ipv6ValueOf(text: string): bigint | null {
  const dotted = /^(?<head>.*:)(?<tail>\d+\.\d+\.\d+\.\d+)$/.exec(text)?.groups;
  const tail = dotted === undefined ? null : ipv4Of(dotted['tail']!);
  if (dotted !== undefined && tail === null) return null;
  const plain =
    tail === null
      ? text
      : `${dotted!['head']!}${(tail.value >> 16n).toString(16)}:${(tail.value & 0xffffn).toString(16)}`;
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const count = groups.flat().length;
  if (halves.length === 2 ? count > 7 : count !== 8) return null;
  if (!groups.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null;
  const filled = [...groups[0]!, ...Array<string>(8 - count).fill('0'), ...(groups[1] ?? [])];
  return filled.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}
