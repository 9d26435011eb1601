import type { LanguageFn } from 'highlight.js'

type Load = () => Promise<{ default: LanguageFn }>

/** Grammars by their names in highlight.js, each loaded when it is first asked for, and what else models call them. */
const GRAMMARS: Readonly<Record<string, readonly [load: Load, aliases: string]>> = {
  bash: [() => import('highlight.js/lib/languages/bash'), 'sh zsh'],
  c: [() => import('highlight.js/lib/languages/c'), 'h'],
  clojure: [() => import('highlight.js/lib/languages/clojure'), 'clj'],
  cmake: [() => import('highlight.js/lib/languages/cmake'), ''],
  cpp: [() => import('highlight.js/lib/languages/cpp'), 'c++ cc cxx hpp cuda cu'],
  csharp: [() => import('highlight.js/lib/languages/csharp'), 'cs c#'],
  css: [() => import('highlight.js/lib/languages/css'), ''],
  dart: [() => import('highlight.js/lib/languages/dart'), ''],
  diff: [() => import('highlight.js/lib/languages/diff'), 'patch'],
  dockerfile: [() => import('highlight.js/lib/languages/dockerfile'), 'docker'],
  elixir: [() => import('highlight.js/lib/languages/elixir'), 'ex exs'],
  erlang: [() => import('highlight.js/lib/languages/erlang'), 'erl'],
  fortran: [() => import('highlight.js/lib/languages/fortran'), 'f90'],
  fsharp: [() => import('highlight.js/lib/languages/fsharp'), 'fs f#'],
  glsl: [() => import('highlight.js/lib/languages/glsl'), 'hlsl wgsl'],
  go: [() => import('highlight.js/lib/languages/go'), 'golang'],
  graphql: [() => import('highlight.js/lib/languages/graphql'), 'gql'],
  haskell: [() => import('highlight.js/lib/languages/haskell'), 'hs'],
  http: [() => import('highlight.js/lib/languages/http'), ''],
  ini: [() => import('highlight.js/lib/languages/ini'), 'toml'],
  java: [() => import('highlight.js/lib/languages/java'), ''],
  javascript: [() => import('highlight.js/lib/languages/javascript'), 'js jsx mjs cjs node'],
  json: [() => import('highlight.js/lib/languages/json'), 'jsonc json5'],
  julia: [() => import('highlight.js/lib/languages/julia'), 'jl'],
  kotlin: [() => import('highlight.js/lib/languages/kotlin'), 'kt kts'],
  latex: [() => import('highlight.js/lib/languages/latex'), 'tex'],
  less: [() => import('highlight.js/lib/languages/less'), ''],
  lua: [() => import('highlight.js/lib/languages/lua'), ''],
  makefile: [() => import('highlight.js/lib/languages/makefile'), 'make mk'],
  markdown: [() => import('highlight.js/lib/languages/markdown'), 'md'],
  matlab: [() => import('highlight.js/lib/languages/matlab'), 'octave'],
  nginx: [() => import('highlight.js/lib/languages/nginx'), ''],
  nix: [() => import('highlight.js/lib/languages/nix'), ''],
  objectivec: [() => import('highlight.js/lib/languages/objectivec'), 'objc objective-c'],
  ocaml: [() => import('highlight.js/lib/languages/ocaml'), 'ml'],
  perl: [() => import('highlight.js/lib/languages/perl'), 'pl'],
  php: [() => import('highlight.js/lib/languages/php'), ''],
  powershell: [() => import('highlight.js/lib/languages/powershell'), 'ps1 pwsh'],
  protobuf: [() => import('highlight.js/lib/languages/protobuf'), 'proto'],
  python: [() => import('highlight.js/lib/languages/python'), 'py python3 gyp'],
  r: [() => import('highlight.js/lib/languages/r'), ''],
  ruby: [() => import('highlight.js/lib/languages/ruby'), 'rb'],
  rust: [() => import('highlight.js/lib/languages/rust'), 'rs'],
  scala: [() => import('highlight.js/lib/languages/scala'), ''],
  scss: [() => import('highlight.js/lib/languages/scss'), 'sass'],
  shell: [() => import('highlight.js/lib/languages/shell'), 'console terminal'],
  sql: [() => import('highlight.js/lib/languages/sql'), 'postgres postgresql mysql sqlite plsql'],
  swift: [() => import('highlight.js/lib/languages/swift'), ''],
  typescript: [() => import('highlight.js/lib/languages/typescript'), 'ts tsx mts cts'],
  vim: [() => import('highlight.js/lib/languages/vim'), 'viml'],
  wasm: [() => import('highlight.js/lib/languages/wasm'), 'wat'],
  x86asm: [() => import('highlight.js/lib/languages/x86asm'), 'asm nasm assembly'],
  xml: [() => import('highlight.js/lib/languages/xml'), 'html svg xhtml vue svelte'],
  yaml: [() => import('highlight.js/lib/languages/yaml'), 'yml'],
}

const names = new Map<string, string>()
for (const [name, [, aliases]] of Object.entries(GRAMMARS)) {
  for (const alias of `${name} ${aliases}`.trim().split(' ')) names.set(alias, name)
}

/** The grammar for what an answer calls a language, in whatever case; null where there is none. */
export function grammarOf(language: string): { name: string; load: Load } | null {
  const name = names.get(language.toLowerCase())
  return name === undefined ? null : { name, load: GRAMMARS[name]![0] }
}
