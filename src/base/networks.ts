/** Networks of IP addresses, in CIDR notation. An IPv4 address that comes inside an IPv6 one (`::ffff:10.0.0.7`) counts as IPv4. */
import ipaddr from 'ipaddr.js'
import { isIP, isIPv6 } from 'node:net'

type Address = ReturnType<typeof ipaddr.process>

export interface Network {
  readonly address: Address
  /** How many bits of the address, from its front, all addresses of the network share. */
  readonly bits: number
}

/** Bits in front of the IPv4 address that an IPv6 address carries. */
const MAPPED_BITS = 96
/** Whoever has one IPv6 address usually has all of a network of so many bits. */
const SUBSCRIBER_BITS = 64

/** `10.0.0.0/8`, `2001:db8::/32`, or a single address; undefined for other text. */
export function parseNetwork(text: string): Network | undefined {
  const [plain = '', suffix, ...more] = text.split('/')
  // Node's check is the stricter one: `10.1` and `010.0.0.1` are no addresses.
  const version = isIP(plain)
  if (version === 0 || more.length > 0) return undefined
  const width = version === 4 ? 32 : 128
  if (suffix !== undefined && !(/^\d{1,3}$/.test(suffix) && Number(suffix) <= width)) return undefined
  const bits = suffix === undefined ? width : Number(suffix)
  const address = ipaddr.parse(plain)
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_BITS
  return isMapped ? { address: address.toIPv4Address(), bits: bits - MAPPED_BITS } : { address, bits }
}

/** @param address of an IPv4 or IPv6 host; other text is in no network */
export function isInNetworks(address: string, networks: readonly Network[]): boolean {
  if (networks.length === 0 || isIP(address) === 0) return false
  const host = ipaddr.process(address)
  return networks.some((network) => host.kind() === network.address.kind() && host.match(network.address, network.bits))
}

/** The same text for all addresses that one subscriber is likely to have: the first 64 bits of IPv6, all of IPv4. Other text stays. */
export function subscriberNetwork(address: string): string {
  if (!isIPv6(address)) return address
  const host = ipaddr.process(address)
  if (!(host instanceof ipaddr.IPv6)) return host.toString()
  return host.parts
    .slice(0, SUBSCRIBER_BITS / 16)
    .map((group) => group.toString(16))
    .join(':')
}

/** Whether packets for this address stay off the public network: private, of this machine, of a link, or reserved. Other text is, too. */
export const isPrivateAddress = (address: string): boolean =>
  isIP(address) === 0 || [ipaddr.process(address), innerAddress(address)].some((host) => host !== undefined && host.range() !== 'unicast')

/** Whether it leads to this machine itself, or to what only its own link reaches, such as the metadata of a cloud. */
export const isOfThisMachine = (address: string): boolean =>
  isIP(address) !== 0 &&
  [ipaddr.process(address), innerAddress(address)].some(
    (host) => host !== undefined && ['loopback', 'linkLocal', 'unspecified'].includes(host.range()),
  )

/** Groups of an IPv6 address before the IPv4 address that gateways find in it. Source: RFC 4291 2.5.5.1, RFC 6052 2.1, RFC 3056 2. */
const GATEWAYS = [[0, 0, 0, 0, 0, 0], [0x64, 0xff9b, 0, 0, 0, 0], [0x2002]] as const

/** The IPv4 address inside an IPv6 one that a gateway may pass its packets on to. */
function innerAddress(address: string): Address | undefined {
  const host = ipaddr.process(address)
  if (!(host instanceof ipaddr.IPv6)) return undefined
  const { parts } = host
  const before = GATEWAYS.find((groups) => groups.every((group, at) => parts[at] === group))
  if (!before) return undefined
  const [high = 0, low = 0] = parts.slice(before.length)
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff])
}

/** The address of a host that a URL gives as a number; undefined for names. */
export function addressIn({ hostname }: URL): string | undefined {
  const plain = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(plain) === 0 ? undefined : plain
}

/** Names that always mean this machine. */
export const isLocalName = ({ hostname }: URL): boolean => /(?:^|\.)localhost$/.test(hostname)
