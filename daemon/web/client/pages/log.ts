/** A page that is a log. */
import { followLog } from '../log-lines.ts'

followLog()
