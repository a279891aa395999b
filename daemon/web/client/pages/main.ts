/** What every page does: scripts of pages import it, and those without a script of their own load it alone. */
import { watchNetwork } from '../connection-banner.ts'
import { enhance } from '../enhancements.ts'

enhance()
watchNetwork()
