/** A page with a log. */
import './main.ts'
import { followLog } from '../log-lines.ts'

followLog()
