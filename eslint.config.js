import svelte from 'eslint-plugin-svelte'
import ts from 'typescript-eslint'

/** Which room may import which others. Every room may import itself; no other. */
const ROOMS = {
  'models/common': [],
  'models/formats': ['common'],
  'models/plan': ['common'],
  'models/hub': ['common', 'formats'],
  'models/library': ['common', 'formats', 'plan', 'graphs', 'families', 'prepare', 'hub'],
  'models/graphs': ['common', 'formats', 'plan'],
  'models/families': ['common', 'formats', 'graphs', 'plan'],
  'models/prepare': ['common', 'formats', 'families', 'graphs', 'plan'],
  'models/convert': ['common', 'formats', 'graphs', 'families', 'prepare'],
  'models/runtime': ['common', 'formats', 'plan', 'prepare'],
  'models/parity': ['common', 'formats', 'plan', 'prepare', 'runtime', 'cli'],
  'models/cli': ['common', 'formats', 'plan', 'prepare', 'convert', 'runtime', 'hub', 'library'],
  'electron/contract': ['common'],
  'electron/engine': ['common', 'contract', 'prepare', 'runtime'],
  'electron/history': ['common', 'contract'],
  'electron/host': ['common', 'contract', 'history', 'hub', 'library'],
  'electron/endpoint': ['common', 'contract', 'host'],
  'electron/serve': ['common', 'contract', 'host', 'endpoint'],
  'electron/main': ['common', 'contract', 'host', 'hub', 'endpoint'],
  'electron/preload': ['contract'],
  renderer: ['common', 'contract'],
}

const roomName = (folder) => folder.split('/').at(-1)

/** An import crosses into a room when its path has the room's folder in it. */
const layering = Object.entries(ROOMS).map(([folder, allowed]) => {
  const forbidden = Object.keys(ROOMS)
    .map(roomName)
    .filter((room) => room !== roomName(folder) && !allowed.includes(room))
  const electronIsKnown = folder === 'electron/main' || folder === 'electron/preload'
  return {
    files: [`${folder}/**/*.{ts,svelte}`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: electronIsKnown ? [] : [{ name: 'electron', message: 'Only main and preload know Electron.' }],
          patterns: [
            {
              regex: `^\\.\\.?/(.*/)?(${forbidden.join('|')})/`,
              message: `${folder} may import only itself and: ${allowed.join(', ') || 'nothing'}.`,
            },
          ],
        },
      ],
    },
  }
})

export default ts.config(
  { ignores: ['dist', 'release', 'node_modules', 'models/graphs/onnx/onnx_pb.ts', 'models/training'] },
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['eslint.config.js', 'electron/launch/*.mjs'] },
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 320, skipBlankLines: true }],
      // there are no enums and no stores, and classes have private members: a fifth of the time for nothing
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'svelte/require-store-reactive-access': 'off',
      // one way of saying the same
      'no-restricted-syntax': [
        'error',
        {
          selector: 'PropertyDefinition > PrivateIdentifier, MethodDefinition > PrivateIdentifier',
          message: 'Private members are said to be `private`.',
        },
        {
          selector: 'CatchClause > Identifier[name!=/^(error|cause)$/]',
          message: 'What is caught is an `error`, or the `cause` of one that is thrown.',
        },
        {
          selector: "ImportDeclaration[source.value='node:path'] > ImportSpecifier",
          message: "import path from 'node:path'",
        },
        {
          selector: 'ImportDeclaration[source.value=/^node:(fs|os)$/] > ImportDefaultSpecifier',
          message: 'Functions of node:fs and node:os are imported by name.',
        },
        {
          selector:
            'ImportDeclaration[source.value=/^(fs|os|path|crypto|url|util|child_process|process|http|net|events)$/]',
          message: 'Modules of Node are imported as node:NAME.',
        },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: { 'max-lines': ['error', { max: 210, skipBlankLines: true }] },
  },
  ...layering,
  { files: ['**/*.mjs', '**/*.js'], ...ts.configs.disableTypeChecked },
)
