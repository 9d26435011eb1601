import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { GraphBuilder } from '../../models/graphs/builder.ts'
import { mayHaveAdapter } from '../../models/runtime/tuning/vulkan.ts'
import { temporaryFolder } from '../models/support.ts'

it.skipIf(!mayHaveAdapter())(
  'graph capture is still beyond the binding (docs/gpu.md): take it up when this fails',
  async () => {
    const graph = new GraphBuilder('same', 'none')
    graph.output(graph.node('Neg', [graph.input('x', 'float32', [1])]), 'y', 'float32', [1])
    const file = path.join(temporaryFolder(), 'same.onnx')
    writeFileSync(file, graph.encode())
    const capturing = { name: 'webgpu', enableGraphCapture: true } as const
    await expect(
      InferenceSession.create(file, { executionProviders: [capturing], logSeverityLevel: 3 }),
    ).rejects.toThrow(/unrecognized option: 'enableGraphCapture'/)
  },
)
