import type {
  CatalogueModel,
  Download,
  Library,
  LibraryModel,
  Look,
  Memory,
} from '../../../electron/contract/models.ts'

const GIB = 2 ** 30
const REVISION = '2f4c1d6e0b5a4f7c9e8d7b6a5c4f3e2d1c0b9a88'

const memory = (int8: number, int4: number, least: number, most: number, context = 4096): Memory => ({
  weights: { int8, int4 },
  context,
  kvAtLeast: least,
  kvAtMost: most,
})

const OURO = {
  name: 'Ouro-1.4B-Thinking',
  licence: 'apache-2.0',
  family: 'ouro',
  parameters: 1_434_652_672,
  contextLength: 65_536,
  adjustable: true,
  slider:
    'One to four loops through all layers: its exit gate ends the loops of a token sooner where the budget is low.',
  chat: true,
  thinking: true,
  memory: memory(1_634_000_000, 919_000_000, 805_306_368, 3_221_225_472),
  notes: [],
}

const HUGINN = {
  name: 'huginn-0125',
  licence: 'apache-2.0',
  family: 'huginn_raven',
  parameters: 3_911_000_000,
  contextLength: 4096,
  adjustable: true,
  slider: 'How near to rest a token’s state must come before it is done, from 1 to 32 recurrent steps.',
  chat: true,
  thinking: false,
  memory: memory(4_402_000_000, 2_446_000_000, 346_000_000, 5_708_000_000),
  notes: ['It reads a prompt slowly: at full depth on two cores, 200 tokens of it take one to three minutes.'],
}

const SMOL = {
  name: 'SmolLM2-360M-Instruct',
  licence: 'apache-2.0',
  family: 'llama',
  parameters: 361_821_120,
  contextLength: 8192,
  adjustable: false,
  slider: 'It has one depth, so the slider does nothing.',
  chat: true,
  thinking: false,
  memory: memory(432_000_000, 250_000_000, 335_544_320, 335_544_320),
  notes: [],
}

const LLAMA = {
  ...SMOL,
  name: 'Llama-3.2-1B-Instruct',
  licence: 'llama3.2',
  parameters: 1_235_814_400,
  contextLength: 131_072,
  memory: memory(1_690_000_000, 1_080_000_000, 268_435_456, 268_435_456),
}

const BUILT_IN: LibraryModel = {
  id: 'built-in',
  origin: 'built-in',
  name: 'Depthwise Small',
  licence: 'Apache-2.0',
  family: 'elastic_mor',
  parameters: 12_400_000,
  contextLength: 1024,
  adjustable: true,
  slider: 'One to three passes of the shared block; its own router picks the tokens that need more.',
  chat: true,
  thinking: false,
  memory: memory(15_400_000, 9_100_000, 6_300_000, 18_900_000, 1024),
  notes: [],
  folder: '/opt/depthwise/models/default',
  repository: null,
  revision: null,
  bytesOnDisk: 51_200_000,
  problem: null,
  precision: 'int8',
  precisionChosen: false,
  tokensPerSecond: 214.2,
  current: true,
  removal: 'none',
}

const libraryModel = (part: Partial<LibraryModel> & Pick<LibraryModel, 'id' | 'origin'>): LibraryModel => ({
  ...BUILT_IN,
  current: false,
  tokensPerSecond: null,
  removal: 'added',
  folder: '/home/ada/models/some',
  ...part,
})

const catalogue: CatalogueModel[] = [
  {
    ...OURO,
    repository: 'ByteDance/Ouro-1.4B-Thinking',
    why: 'The model that the slider is largest on: one to four loops, by its own exit gate.',
    gated: false,
    bytes: 2_872_800_000,
    prepared: { int8: 1_634_000_000, int4: 919_000_000 },
    modelId: null,
  },
  {
    ...HUGINN,
    repository: 'tomg-group-umd/huginn-0125',
    why: 'The classic of recurrent depth: every token thinks until its state settles, up to 32 steps.',
    gated: false,
    bytes: 15_650_000_000,
    prepared: { int8: 4_402_000_000, int4: 2_446_000_000 },
    modelId: null,
  },
  {
    ...SMOL,
    repository: 'HuggingFaceTB/SmolLM2-360M-Instruct',
    why: 'Small and quick; writes plain English well.',
    gated: false,
    bytes: 726_000_000,
    prepared: { int8: 432_000_000, int4: 250_000_000 },
    modelId: `hub:HuggingFaceTB/SmolLM2-360M-Instruct@${REVISION}`,
  },
  {
    ...LLAMA,
    repository: 'meta-llama/Llama-3.2-1B-Instruct',
    why: 'Widely known, in eight languages.',
    gated: true,
    bytes: 2_480_000_000,
    prepared: { int8: 1_690_000_000, int4: 1_080_000_000 },
    modelId: null,
  },
]

export const LIBRARY: Library = {
  models: [
    BUILT_IN,
    libraryModel({
      ...SMOL,
      id: `hub:HuggingFaceTB/SmolLM2-360M-Instruct@${REVISION}`,
      origin: 'hub',
      repository: 'HuggingFaceTB/SmolLM2-360M-Instruct',
      revision: REVISION,
      folder: '/home/ada/.local/share/depthwise/models/HuggingFaceTB/SmolLM2-360M-Instruct',
      bytesOnDisk: 1_158_000_000,
      tokensPerSecond: 46.3,
      removal: 'downloaded',
    }),
    libraryModel({
      ...OURO,
      id: 'folder:/home/ada/models/ouro-mlx',
      origin: 'folder',
      name: 'ouro-mlx',
      folder: '/home/ada/models/ouro-mlx',
      bytesOnDisk: 812_000_000,
      problem: {
        code: 'MODEL_UNSUPPORTED',
        message: 'It was quantised for MLX already. Use the folder that it was made of.',
        detail: 'quantization',
      },
    }),
  ],
  catalogue,
  downloads: [],
  found: [
    libraryModel({
      ...LLAMA,
      id: 'gguf:/home/ada/.lmstudio/models/llama-3.2-1b-instruct-q8_0.gguf',
      origin: 'gguf',
      folder: '/home/ada/.lmstudio/models/llama-3.2-1b-instruct-q8_0.gguf',
      bytesOnDisk: 1_321_000_000,
      notes: ['LM Studio keeps it.'],
      removal: 'none',
    }),
  ],
  machine: { memory: 8 * GIB, freeDisk: 41_300_000_000, folder: '/home/ada/.local/share/depthwise/models' },
  hub: 'https://huggingface.co',
  token: 'none',
  canStoreToken: true,
  canPick: true,
  canShow: true,
}

export const LOOK: Look = {
  ...OURO,
  repository: 'ByteDance/Ouro-1.4B-Thinking',
  asked: null,
  revision: REVISION,
  gated: false,
  files: [
    { path: 'config.json', bytes: 1_284 },
    { path: 'generation_config.json', bytes: 116 },
    { path: 'model.safetensors', bytes: 2_869_342_776 },
    { path: 'tokenizer.json', bytes: 3_450_112 },
    { path: 'tokenizer_config.json', bytes: 4_218 },
  ],
  bytes: 2_872_798_506,
  prepared: { int8: 1_634_000_000, int4: 919_000_000 },
  problem: null,
  modelId: null,
}

export const download = (part: Partial<Download> & Pick<Download, 'id' | 'phase'>): Download => ({
  repository: 'ByteDance/Ouro-1.4B-Thinking',
  revision: REVISION,
  bytes: 0,
  total: LOOK.bytes,
  bytesPerSecond: null,
  secondsLeft: null,
  waiting: null,
  failure: null,
  modelId: null,
  ...part,
})

/** One under way, one paused, one that its makers do not give to everybody. */
export const DOWNLOADS: readonly Download[] = [
  download({ id: 1, phase: 'downloading', bytes: 1_204_000_000, bytesPerSecond: 11_200_000, secondsLeft: 149 }),
  download({
    id: 2,
    phase: 'paused',
    repository: 'tomg-group-umd/huginn-0125',
    bytes: 3_100_000_000,
    total: 15_650_000_000,
  }),
  download({
    id: 3,
    phase: 'failed',
    repository: 'meta-llama/Llama-3.2-1B-Instruct',
    total: null,
    failure: {
      code: 'HUB_GATED',
      message: 'Its makers give it only to accounts that have accepted their terms.',
    },
  }),
]

/** What a folder that was just added looks like. */
export const addedModel = (folder: string): LibraryModel =>
  libraryModel({ ...SMOL, id: `folder:${folder}`, origin: 'folder', name: folder.split('/').at(-1) ?? folder, folder })
