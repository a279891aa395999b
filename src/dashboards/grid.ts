/** Finds room on the grid for a tile that says nothing of its place. */
import { COLUMNS, type Place } from '../wire/dashboard-answers.ts'

/** The first place, row by row, where it covers no other tile. */
export function findSpot(tiles: readonly { readonly place: Place }[], { width, height }: { width: number; height: number }): Place {
  for (let y = 0; ; y++)
    for (let x = 0; x + width <= COLUMNS; x++) {
      const place = { x, y, width, height }
      if (!tiles.some((tile) => overlaps(tile.place, place))) return place
    }
}

export const overlaps = (a: Place, b: Place): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
