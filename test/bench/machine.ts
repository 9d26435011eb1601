import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, totalmem, type } from 'node:os'
import path from 'node:path'
import { env } from 'onnxruntime-node'

/** Where figures were taken, and with what. */
export function machine(): string {
  const [cpu] = cpus()
  const gigabytes = (totalmem() / 1024 ** 3).toFixed(0)
  return [
    `${availableParallelism()} × ${cpu?.model.trim() ?? 'unknown CPU'}`,
    `${gigabytes} GiB`,
    `${type()} ${arch()}`,
    `Node ${process.versions.node}`,
    `ONNX Runtime ${env.versions.node ?? 'unknown'}`,
    llama(),
    new Date().toISOString().slice(0, 10),
    `load before the run ${loadavg()[0]!.toFixed(1)}`,
  ].join(', ')
}

function llama(): string {
  const folder = path.join(import.meta.dirname, 'llama/node_modules/node-llama-cpp')
  const read = (file: string): Record<string, string> =>
    JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Record<string, string>
  try {
    const { release = 'unknown' } = read('llama/binariesGithubRelease.json')
    return `llama.cpp ${release} (node-llama-cpp ${read('package.json').version!})`
  } catch {
    return 'no llama.cpp'
  }
}
