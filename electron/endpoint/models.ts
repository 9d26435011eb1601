import { DepthwiseError } from '../../models/common/errors.ts'
import type { ModelInfo } from '../../models/common/values.ts'
import type { EndpointServices } from '../host/endpoint.ts'

/** A model in OpenAI's shape; `meta` as llama.cpp has it. */
interface Model {
  id: string
  object: 'model'
  created: number
  owned_by: string
  meta: { n_ctx_train: number; n_params: number; n_vocab: number }
  depthwise: Pick<ModelInfo, 'family' | 'precision' | 'budget'> & { min_depth: number; max_depth: number }
}

/** The model that answers, once it is loaded; none where none can be. */
export async function listModels(services: EndpointServices): Promise<{ object: 'list'; data: Model[] }> {
  await services.engineSettled()
  const { model } = services.status()
  return { object: 'list', data: model ? [modelOf(model)] : [] }
}

/** @throws DepthwiseError NOT_FOUND */
export async function readModel(services: EndpointServices, id: string): Promise<Model> {
  const { data } = await listModels(services)
  const [model] = data
  if (model?.id === id) return model
  const there = model ? ` The one that answers is “${model.id}”.` : ''
  throw new DepthwiseError('NOT_FOUND', `There is no model “${id.slice(0, 200)}” here.${there}`)
}

function modelOf({
  name,
  parameters,
  vocabSize,
  contextLength,
  minDepth,
  maxDepth,
  family,
  precision,
  budget,
}: ModelInfo): Model {
  return {
    id: name,
    object: 'model',
    created: 0,
    owned_by: 'depthwise',
    meta: { n_ctx_train: contextLength, n_params: parameters, n_vocab: vocabSize },
    depthwise: { family, precision, budget, min_depth: minDepth, max_depth: maxDepth },
  }
}
