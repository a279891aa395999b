/** Pages with lists that change by themselves. */
import { renewNowAndThen } from '../renewal.ts'

renewNowAndThen()
