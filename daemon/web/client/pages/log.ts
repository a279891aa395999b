/** A page with a log. */
import { followLog } from '../log-lines.ts'

followLog()
