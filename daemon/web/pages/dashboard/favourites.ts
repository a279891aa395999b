/** `POST /-/favourites`: puts the star on something, or takes it off. */
import { setFavourite } from '../../../../src/dashboards/favourites.ts'
import { requireResource } from '../../../../src/tree/finding.ts'
import { safeNext } from '../../links.ts'
import { redirect, type PageRoute } from '../../page.ts'

export const createFavouriteRoutes = (): PageRoute[] => [
  {
    method: 'POST',
    path: '/-/favourites',
    handle: async ({ ctx, actor, form }) => {
      await setFavourite(ctx, actor, requireResource(ctx, actor, form['path'] ?? ''), form['on'] === '1')
      return redirect(safeNext(form['next']))
    },
  },
]
