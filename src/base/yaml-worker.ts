/** The thread that reads YAML of people: the library takes milliseconds for each kilobyte, and more for what is no YAML. */
import { parentPort } from 'node:worker_threads'
import { Fault } from './fault.ts'
import { workOnYaml, type YamlDone, type YamlTask } from './yaml-work.ts'

parentPort?.on('message', ({ id, work }: YamlTask) => {
  void workOnYaml(work).then(
    (result) => parentPort?.postMessage({ id, result } satisfies YamlDone),
    (error: unknown) => {
      if (!(error instanceof Fault)) throw error
      parentPort?.postMessage({ id, problem: error.message } satisfies YamlDone)
    },
  )
})
