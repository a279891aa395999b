/** On every page. */
import { enhance } from '../enhancements.ts'

enhance()
