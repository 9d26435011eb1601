import type { Command } from '../contract/engine.ts'
import { openParentPort } from './parent-port.ts'
import { Service } from './service.ts'

/** Entry of the engine process: started by the host, speaks the protocol of contract/engine.ts until the host goes away. */
const port = openParentPort()
const service = new Service((event) => {
  port.send(event)
})
port.listen(
  (command: Command) => {
    service.handle(command)
  },
  () => process.exit(0),
)
service.hello()
