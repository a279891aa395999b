import assert from 'node:assert/strict'
import test from 'node:test'
import { isOfThisMachine, isPrivateAddress, isInNetworks, parseNetwork, subscriberNetwork } from '../../src/base/networks.ts'

const isIn = (address: string, ...networks: string[]): boolean =>
  isInNetworks(
    address,
    networks.map((text) => {
      const network = parseNetwork(text)
      assert.ok(network, `${text} is a network`)
      return network
    }),
  )

const places: [address: string, network: string, isInside: boolean][] = [
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.2', '127.0.0.1', false],
  ['10.255.0.1', '10.0.0.0/8', true],
  ['11.0.0.1', '10.0.0.0/8', false],
  ['10.1.2.3', '10.9.9.9/8', true],
  ['192.168.1.127', '192.168.1.0/25', true],
  ['192.168.1.128', '192.168.1.0/25', false],
  ['8.8.8.8', '0.0.0.0/0', true],
  ['2001:db8::1', '0.0.0.0/0', false],
  ['2001:db8:ffff::1', '2001:db8::/32', true],
  ['2001:db9::1', '2001:db8::/32', false],
  ['::1', '::1', true],
  ['0:0:0:0:0:0:0:1', '::1', true],
  ['::ffff:10.0.0.7', '10.0.0.0/8', true],
  ['::ffff:0a00:0007', '10.0.0.7', true],
  ['::ffff:11.0.0.7', '10.0.0.0/8', false],
  ['10.0.0.7', '::ffff:10.0.0.0/104', true],
  ['11.0.0.7', '::ffff:10.0.0.0/104', false],
  ['10.0.0.7', '::/0', false],
  ['fe80::1%eth0', 'fe80::/10', true],
  ['localhost', '0.0.0.0/0', false],
  ['', '::/0', false],
]

for (const [address, network, isInside] of places) {
  test(`${address || 'no address'} ${isInside ? 'is' : 'is not'} in ${network}`, () => assert.equal(isIn(address, network), isInside))
}

test('one of several networks is enough, and none holds nothing', () => {
  assert.equal(isIn('10.0.0.1', '192.168.0.0/16', '10.0.0.0/8'), true)
  assert.equal(isIn('10.0.0.1'), false)
})

for (const text of [
  '',
  'localhost',
  '10.0.0',
  '10',
  '010.0.0.1',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/8/8',
  '10.0.0.0/-1',
  '::/129',
  ' ::1',
  '::1]',
]) {
  test(`no network: ${JSON.stringify(text)}`, () => assert.equal(parseNetwork(text), undefined))
}

test('a subscriber is told by 64 bits of IPv6, or by a whole IPv4 address; names stay names', () => {
  assert.equal(subscriberNetwork('2001:db8::1'), '2001:db8:0:0')
  assert.equal(subscriberNetwork('2001:0DB8:0:0:1::1.2.3.4'), '2001:db8:0:0')
  assert.equal(subscriberNetwork('2001:db8:0:1::1'), '2001:db8:0:1')
  assert.equal(subscriberNetwork('fe80::1%eth0'), 'fe80:0:0:0')
  assert.equal(subscriberNetwork('::ffff:10.0.0.7'), '10.0.0.7')
  assert.equal(subscriberNetwork('::ffff:a00:7'), '10.0.0.7')
  assert.equal(subscriberNetwork('10.0.0.7'), '10.0.0.7')
  assert.equal(subscriberNetwork('ada@example.com'), 'ada@example.com')
})

test('an address within one of IPv6, which a gateway would pass on to, counts as itself', () => {
  for (const address of ['::127.0.0.1', '::ffff:127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', '::169.254.169.254', '64:ff9b::a9fe:a9fe'])
    assert.deepEqual([isPrivateAddress(address), isOfThisMachine(address)], [true, true], address)
  for (const address of ['::10.0.0.1', '64:ff9b::a00:1', '2002:c0a8:101::'])
    assert.deepEqual([isPrivateAddress(address), isOfThisMachine(address)], [true, false], address)
  for (const address of ['2001:4860:4860::8888', '8.8.8.8', '::ffff:8.8.8.8'])
    assert.deepEqual([isPrivateAddress(address), isOfThisMachine(address)], [false, false], address)
})
