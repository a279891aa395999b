/** Looks names up for senders whose addresses people choose: a name may lead where no number may be given. */
import { lookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'

/**
 * A lookup whose addresses are those that are used, so that nobody can change them between the check and the use.
 * @param isRefused asked for each address of a name; the name fails when one of them is
 * @param reason a sentence, after the name
 */
export const checkedLookup =
  (isRefused: (address: string) => boolean, reason: string): LookupFunction =>
  (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? []
      if (error || !first) return callback(error ?? new Error(`${hostname} has no address.`), [])
      if (addresses.some(({ address }) => isRefused(address))) return callback(new Error(`${hostname} ${reason}`), [])
      if (options.all === true) callback(null, addresses)
      else callback(null, first.address, isIP(first.address))
    })
  }
