// `npm run build`: compiles what changed.
import { build, install } from './prepare.js'

install()
build()
