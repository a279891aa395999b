/** Where tiles go when one is moved or resized. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { fitPlace, placeTile, rowsOf } from '../../daemon/web/shared/tile-layout.ts'

const place = (x: number, y: number, width: number, height: number) => ({ x, y, width, height })

test('a tile takes its place, and what it would cover moves down, and what that would cover, too', () => {
  const places = [place(0, 0, 6, 2), place(6, 0, 6, 2), place(6, 2, 6, 3)]
  assert.deepEqual(placeTile(places, 0, place(4, 0, 6, 2)), [place(4, 0, 6, 2), place(6, 2, 6, 2), place(6, 4, 6, 3)])
  assert.deepEqual(places[1], place(6, 0, 6, 2), 'what it was given stays')
  assert.deepEqual(placeTile(places, 1, place(6, 0, 6, 3)), [place(0, 0, 6, 2), place(6, 0, 6, 3), place(6, 3, 6, 3)])
  assert.deepEqual(placeTile(places, 2, place(0, 5, 12, 1)), [places[0], places[1], place(0, 5, 12, 1)])
})

test('no tile leaves the grid, and none covers another, whatever is wanted', () => {
  assert.deepEqual(fitPlace(place(-3, -1, 40, 0)), place(0, 0, 12, 1))
  assert.deepEqual(fitPlace(place(11, 2, 4, 3)), place(8, 2, 4, 3))
  let places = Array.from({ length: 12 }, (_, at) => place((at % 3) * 4, Math.floor(at / 3) * 3, 4, 3))
  let seed = 7
  const next = (most: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % most
  for (let step = 0; step < 300; step++) {
    places = placeTile(places, next(12), place(next(14) - 1, next(12), next(13), next(6)))
    for (const [at, one] of places.entries())
      for (const other of places.slice(0, at))
        assert.ok(
          one.x >= other.x + other.width ||
            other.x >= one.x + one.width ||
            one.y >= other.y + other.height ||
            other.y >= one.y + one.height,
        )
    assert.ok(rowsOf(places) < 200)
  }
})
