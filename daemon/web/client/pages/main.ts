/** The script of every page. */
import { watchNetwork } from '../connection-banner.ts'
import { enhance } from '../enhancements.ts'

enhance()
watchNetwork()
