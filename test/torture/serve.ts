import './collect.ts'
import { run } from '../../electron/serve/run.ts'

// the app without a window, both processes of which collect their garbage when they are asked to
await run(process.argv.slice(2), ['--expose-gc', '--import', new URL('collect.ts', import.meta.url).href])
