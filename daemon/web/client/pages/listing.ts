/** Pages with lists that change by themselves. */
import './main.ts'
import { renewNowAndThen } from '../renewal.ts'

renewNowAndThen()
